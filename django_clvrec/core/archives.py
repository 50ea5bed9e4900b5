"""Archives of arrays (`.npz`) read as if somebody hostile had written them.

numpy reads none that hold Python objects, but it makes room for whatever a header promises, and
unpacks whatever was packed. Here both are bounded before anything is read.
"""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from django_clvrec.exceptions import DamagedArrays

MOST_BYTES = 4 << 30
"""Of all arrays of an archive: ten times what a million customers and items come to."""
MOST_HEADER = 10_000
SUFFIX = ".npy"
KINDS = "biufcSU"
"""Numbers, truth and text."""
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def unpacked(data: bytes, most: int = MOST_BYTES) -> dict[str, NDArray[Any]]:
    """The arrays of an archive by name. Raises DamagedArrays, also where they need over `most`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return dict(_arrays(archive, most))
    except (
        ValueError, OSError, EOFError, RuntimeError, NotImplementedError, OverflowError,
        SyntaxError, RecursionError, MemoryError, struct.error, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise DamagedArrays from error


def _arrays(archive: zipfile.ZipFile, most: int) -> Iterator[tuple[str, NDArray[Any]]]:
    members = archive.infolist()
    # what a member says of its size is all that is unpacked of it
    if sum(member.file_size for member in members) > most:
        raise ValueError("It needs more memory than an archive may.")
    for member in members:
        if member.compress_type not in PACKINGS:
            raise ValueError("It is packed in another way than numpy does.")
        with archive.open(member) as file:
            yield member.filename.removesuffix(SUFFIX), _array(file, member.file_size)


def _array(file: IO[bytes], size: int) -> NDArray[Any]:
    """An array that fills its member to the last byte."""
    shape, is_fortran, kind = _HEADERS[npy.read_magic(file)](file, MOST_HEADER)
    if kind.kind not in KINDS or any(side < 0 for side in shape):
        raise ValueError("It holds something else than numbers and text.")
    count = math.prod(shape)
    if count * kind.itemsize != size - file.tell():
        raise ValueError("It has another size than it says.")
    # read-only, as what a snapshot holds never changes
    return np.ndarray(shape, kind, buffer=file.read(), order="F" if is_fortran else "C")
