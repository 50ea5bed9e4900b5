"""What a hostile Parquet file can do: nothing but be refused, with the path in the error."""

import contextlib
import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec.core.purchases import UTC_TIME
from django_clvrec.exceptions import ClvrecError
from django_clvrec.extract.datasets import stream
from django_clvrec.sources import ParquetPurchaseSource

MEMORY = 4 << 30


def lines(rows=200):
    numbers = range(rows)
    return pa.table(
        {
            "customer_key": [f"c{number % 20}" for number in numbers],
            "order_key": [f"o{number // 2}" for number in numbers],
            "purchased_at": pa.array([number * 10**9 for number in numbers], UTC_TIME),
            "revenue": [1.5] * rows,
            "item_product": [f"p{number % 7}" for number in numbers],
        }
    )


FUZZ = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from pathlib import Path
import django, numpy as np
django.setup()
from django_clvrec.exceptions import ClvrecError
from django_clvrec.extract.datasets import count_lines, stream
from django_clvrec.sources import ParquetPurchaseSource
valid, place = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
rng, told = np.random.default_rng(int(sys.argv[3])), {{"read": 0, "refused": 0}}
for _ in range({tries}):
    data = bytearray(valid)
    # the end says where everything lies
    start = rng.choice([0, max(0, len(data) - 1500)])
    for at in rng.integers(start, len(data), rng.integers(1, 6)):
        data[at] = rng.integers(0, 256)
    place.write_bytes(data[: rng.integers(0, len(data))] if rng.random() < .1 else data)
    class Hostile(ParquetPurchaseSource):
        path = str(place)
        levels = ("product",)
    try:
        reading = stream(Hostile())
        for block in reading.blocks:
            reading.convert(block)
        count_lines(Hostile())
        told["read"] += 1
    except ClvrecError as error:
        told["refused"] += 1
        assert str(place) in str(error), error
print(json.dumps(told))
"""


@pytest.mark.parametrize("packing", ["snappy", "none"])
def test_broken_files_are_refused_and_end_no_process(tmp_path, packing):
    valid = tmp_path / "valid.parquet"
    pq.write_table(lines(), valid, compression=packing)
    found = subprocess.run(
        [
            sys.executable, "-c", FUZZ.format(memory=MEMORY, tries=400), valid,
            tmp_path / "hostile.parquet", "7",
        ],
        check=False,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    told = json.loads(found.stdout)
    assert told["refused"] > 100


def test_metadata_of_an_extension_type_runs_nothing(tmp_path):
    """Older versions of pyarrow unpickled what stands here."""
    ran = tmp_path / "ran"
    hostile = f"cos\nsystem\n(S'touch {ran}'\ntR.".encode()
    field = pa.field(
        "customer_key",
        pa.string(),
        metadata={
            b"ARROW:extension:name": b"arrow.py_extension_type",
            b"ARROW:extension:metadata": hostile,
        },
    )
    table = lines(2)
    path = tmp_path / "extended.parquet"
    pq.write_table(table.set_column(0, field, table["customer_key"]), path)

    class Hostile(ParquetPurchaseSource):
        levels = ("product",)

    Hostile.path = str(path)
    with contextlib.suppress(ClvrecError):
        list(stream(Hostile()).blocks)
    assert not ran.exists()
