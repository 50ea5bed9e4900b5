"""Files that are whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django_clvrec.exceptions import NoFolder, NotWritable


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """What is written becomes `path` at the end; after an error that is as it was before.

    Raises NoFolder and NotWritable.
    """
    _check(path)
    # a name of its own, so that two exports at once do not write into one file
    aside = path.with_name(f".clvrec_export-{uuid4().hex}.part")
    try:
        with aside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise NotWritable(
            f"{path} could not be written: {error}. Make room, or choose another path."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _check(path: Path) -> None:
    """Nothing but a file is replaced: a device such as /dev/stdout would be lost to all."""
    if not path.parent.is_dir():
        raise NoFolder(f"There is no folder {path.parent}. Make it first, or choose another one.")
    if path.exists() and not path.is_file():
        raise NotWritable(f"{path} is there already and is no file. Choose another path.")
