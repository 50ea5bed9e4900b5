"""Raw lines from a Parquet dataset, in Arrow from end to end."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds

from django_clvrec.core.amounts import MONEY, money_from_arrow
from django_clvrec.core.datasets import REQUIRED, UNREADABLE, faults, unreadable
from django_clvrec.core.purchases import ITEM_PREFIX, LINE, RATING, REFUND, REVENUE, TIME, UTC_TIME
from django_clvrec.exceptions import BadPurchases
from django_clvrec.extract import rows as reading
from django_clvrec.extract.cells import keys
from django_clvrec.extract.rows import Reading
from django_clvrec.sources import ParquetPurchaseSource


def stream(source: ParquetPurchaseSource) -> Reading:
    """The lines of a dataset in its own order. Raises BadPurchases, SourceUnreadable."""
    dataset = source.dataset()
    wrong = faults(dataset.schema, source.levels)
    if wrong:
        raise BadPurchases(f"The Parquet data at {source.path} {'; it '.join(wrong)}.")
    items = [ITEM_PREFIX + level for level in source.levels]
    wanted = [*REQUIRED, *items, RATING, REFUND, LINE]
    columns = [name for name in wanted if name in dataset.schema.names]
    return Reading(blocks=_batches(source, dataset, columns), convert=_Conversion(source))


def count_lines(source: ParquetPurchaseSource) -> int:
    """How many lines the files say they have. Raises SourceUnreadable."""
    try:
        return int(source.dataset().count_rows())
    except UNREADABLE as error:
        raise unreadable(source.path, error) from error


def _batches(source: ParquetPurchaseSource, dataset: Any, columns: list[str]) -> Iterator[Any]:
    # file by file and batch by batch: a scanner reads ahead, and what waits is memory
    for fragment in dataset.get_fragments():
        try:
            with pq.ParquetFile(
                fragment.path,
                filesystem=dataset.filesystem,
                pre_buffer=False,
                coerce_int96_timestamp_unit="us",
            ) as file:
                schema = file.schema_arrow
                wrong = faults(schema, source.levels) or [
                    f"has no column {name!r}, which other files have"
                    for name in columns
                    if name not in schema.names
                ]
                if wrong:
                    raise BadPurchases(
                        f"The Parquet data at {fragment.path} {'; it '.join(wrong)}."
                    )
                yield from file.iter_batches(reading.BATCH_ROWS, columns=columns)
        except UNREADABLE as error:
            raise unreadable(fragment.path, error) from error


class _Conversion:
    """From the types that a dataset may have to those of a raw batch."""

    def __init__(self, source: ParquetPurchaseSource) -> None:
        self.source = source
        self._last_line: Any = None

    def __call__(self, batch: pa.RecordBatch) -> pa.Table:
        table = pa.Table.from_batches([batch])
        try:
            found = {name: self._column(name, table[name]) for name in table.column_names}
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise BadPurchases(
                f"A value in the Parquet data at {self.source.path} does not fit: {error}."
            ) from error
        if LINE in found:
            self._check_order(found[LINE])
        return reading.with_optional(found, table.num_rows)

    def _column(self, name: str, values: Any) -> Any:
        if name == TIME:
            return _times(values)
        if name == REVENUE:
            return values if values.type == MONEY else money_from_arrow(values)
        if name == RATING:
            return pc.cast(values, pa.float64(), safe=False)
        if name == REFUND:
            return values
        if name == LINE and kinds.is_integer(values.type):
            return pc.cast(values, pa.int64())
        text = pc.cast(values, pa.string())
        return text if name == LINE else keys(name, text)

    def _check_order(self, lines: Any) -> None:
        """Duplicates are only found where equal lines come one after another."""
        if not len(lines):
            return
        before = pa.chunked_array([pa.array([self._last_line], lines.type), *lines.chunks])
        if lines.null_count or pc.any(pc.less(lines, before.slice(0, len(lines)))).as_py():
            raise BadPurchases(
                f"The Parquet data at {self.source.path} is not ordered by its column `line`, so "
                "duplicates cannot be found. Write it in that order, or leave the column out."
            )
        self._last_line = lines[-1].as_py()


def _times(values: Any) -> Any:
    if values.type == UTC_TIME:
        return values
    if kinds.is_date(values.type):
        values = pc.cast(values, pa.timestamp("s"))
    zone = values.type.tz
    # nanoseconds are cut off
    values = pc.cast(values, pa.timestamp("us", zone), safe=False)
    return pc.cast(values, UTC_TIME) if zone else pc.assume_timezone(values, "UTC")
