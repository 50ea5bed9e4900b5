"""What a hostile archive of arrays can do: nothing but be refused."""

import io
import resource
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from django_clvrec.core.archives import unpacked
from django_clvrec.exceptions import DamagedArrays

MEMORY = 3 << 30
"""What a process may take that reads hostile archives."""


def packed(**found):
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **found)
    return file.getvalue()


def member(content, name="a.npy", **how):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content, **how)
    return file.getvalue()


def npy(header, content=b""):
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


def header(kind="<f4", shape="(1,)", order="False"):
    return f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}"


VALID = packed(keys=np.array(["a", "é"]), factors=np.arange(6.0).reshape(2, 3), on=np.array(True))


@given(
    arrays.arrays(
        arrays.scalar_dtypes().filter(lambda kind: kind.kind in "biufcSU" and kind.itemsize),
        arrays.array_shapes(min_dims=0, min_side=0),
    )
)
@settings(deadline=None)
def test_what_numpy_wrote_comes_back(array):
    for one in (array, np.asfortranarray(array)):
        found = unpacked(packed(one=one))["one"]
        assert (found.dtype, found.shape) == (one.dtype, one.shape)
        assert found.tobytes() == one.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"PK\x05\x06", id="half an end"),
        pytest.param(VALID[:-30], id="cut off"),
        pytest.param(member(b"no array"), id="no array"),
        pytest.param(member(npy(header("|O"), b"\x80\x04.")), id="objects"),
        pytest.param(member(npy(header(shape="(1 << 60,)"))), id="an expression for a shape"),
        pytest.param(member(npy(header(shape="(1152921504606846976,)"))), id="a huge shape"),
        pytest.param(member(npy(header(shape="(-1,)"), b"\0" * 4)), id="a negative shape"),
        pytest.param(member(npy(header(shape="(4294967296, 4294967296)"))), id="an overflow"),
        pytest.param(member(npy("__import__('os').abort()")), id="code for a header"),
        pytest.param(member(npy("(" * 5000 + ")" * 5000)), id="a deep header"),
        pytest.param(member(npy(header() + " " * 20_000)), id="a long header"),
        pytest.param(member(npy(header("<V8"), b"\0" * 8)), id="raw bytes"),
        pytest.param(member(npy(header("<M8[s]"), b"\0" * 8)), id="times"),
        pytest.param(member(npy(header(), b"\0" * 5)), id="more than it says"),
        pytest.param(member(npy(header(), b"\0" * 3)), id="less than it says"),
        pytest.param(
            member(npy(header(), b"\0" * 4), compress_type=zipfile.ZIP_LZMA), id="another packing"
        ),
    ],
)
def test_an_archive_that_is_none_is_refused(data):
    with pytest.raises(DamagedArrays):
        unpacked(data)


def test_an_archive_that_needs_too_much_memory_is_refused_before_it_is_unpacked():
    bomb = packed(zeros=np.zeros(1 << 24, dtype=np.uint8))
    assert len(bomb) < 1 << 15
    with pytest.raises(DamagedArrays):
        unpacked(bomb, most=1 << 20)


FUZZ = """
import resource, sys, tracemalloc
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
import numpy as np
from django_clvrec.core.archives import unpacked
from django_clvrec.exceptions import DamagedArrays
valid, rng, refused = bytes.fromhex(sys.argv[1]), np.random.default_rng(7), 0
tracemalloc.start()
for _ in range({tries}):
    data = bytearray(valid)
    for place in rng.integers(0, len(data), rng.integers(1, 9)):
        data[place] = rng.integers(0, 256)
    if rng.random() < .3:
        data = data[: rng.integers(0, len(data))]
    try:
        unpacked(bytes(data), most=1 << 20)
    except DamagedArrays:
        refused += 1
assert tracemalloc.get_traced_memory()[1] < 64 << 20
print(refused)
"""


def test_thousands_of_broken_archives_raise_nothing_else_and_take_no_memory():
    stored = io.BytesIO()
    np.savez(stored, allow_pickle=False, keys=np.array(["a", "é"]), factors=np.eye(3))
    for valid in (VALID, stored.getvalue()):
        found = subprocess.run(
            [sys.executable, "-c", FUZZ.format(memory=MEMORY, tries=3000), valid.hex()],
            check=True,
            capture_output=True,
            text=True,
        )
        assert int(found.stdout) > 1000
    assert resource.getrlimit(resource.RLIMIT_AS) != (MEMORY, MEMORY)
