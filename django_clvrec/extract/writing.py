"""Parquet files that are whole or not there, and do not depend on how lines came in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 200_000


class GroupWriter:
    """Gathers tables into row groups of one size, so that equal lines give equal bytes."""

    def __init__(self, file: Any, schema: pa.Schema) -> None:
        self.file, self.schema = file, schema
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._length = 0

    def write(self, lines: pa.Table) -> None:
        """Add lines; columns besides those of the schema are left out."""
        self._waiting.append(lines.select(self.schema.names).cast(self.schema))
        self._length += lines.num_rows
        self.rows += lines.num_rows
        if self._length >= GROUP_ROWS:
            whole = self._length - self._length % GROUP_ROWS
            self._flush(whole)

    def flush(self) -> None:
        """Write what is left, as the last group."""
        if self._length:
            self._flush(self._length)

    def _flush(self, length: int) -> None:
        table = pa.concat_tables(self._waiting)
        for start in range(0, length, GROUP_ROWS):
            # one chunk per column: pages end where chunks do
            group = table.slice(start, min(GROUP_ROWS, length - start)).combine_chunks()
            self.file.write_table(group, row_group_size=GROUP_ROWS)
        rest = table.slice(length)
        self._waiting, self._length = [rest] if rest.num_rows else [], rest.num_rows


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema) -> Iterator[GroupWriter]:
    """Writes `path` aside and puts it in place at the end; after an error nothing is left."""
    aside = path.with_name(path.name + ".part")
    try:
        with pq.ParquetWriter(aside, schema, compression="zstd") as file:
            writer = GroupWriter(file, schema)
            yield writer
            writer.flush()
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
