"""Source in, purchase log out: chooses the way in, applies the rules, writes the file."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from django.db import InterfaceError, OperationalError

from django_clvrec.core.purchases import LineRules, log_schema
from django_clvrec.exceptions import NoPurchases, SourceUnreadable
from django_clvrec.extract.copying import copy
from django_clvrec.extract.datasets import stream
from django_clvrec.extract.iterating import iterate
from django_clvrec.extract.rows import Reading, annotated
from django_clvrec.extract.writing import parquet_writer
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource

FILE = "lines.parquet"
AHEAD = 2
"""Blocks that may wait while one is at work; more would only take memory."""


def extract(
    source: PurchaseSource,
    folder: Path,
    as_of: datetime,
    on_rows: Callable[[int], None] = lambda _: None,
) -> LineRules:
    """Write the source's purchases up to `as_of` as `folder/lines.parquet`.

    Returns the rules with their counts. `on_rows` is called with the lines read so far.
    Raises BadPurchases for a value that does not fit, NoPurchases where no line is left,
    SourceUnreadable where the database fails. Then there is no file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rules = LineRules(as_of)
    with parquet_writer(folder / FILE, log_schema(list(source.levels))) as writer:
        for lines in purchases(source, read(source), rules, on_rows):
            writer.write(lines)
        if not writer.rows:
            raise NoPurchases(_nothing(source, rules))
    return rules


def read(source: PurchaseSource) -> Reading:
    """The quickest way to the lines of a source."""
    if isinstance(source, ParquetPurchaseSource):
        return stream(source)
    rows = annotated(source)
    return copy(source, rows) or iterate(source, rows)


def line_count(source: PurchaseSource) -> int:
    """How many lines there are to read, for a progress bar."""
    if isinstance(source, ParquetPurchaseSource):
        return int(source.dataset().count_rows())
    return source.rows().order_by().count()


def purchases(
    source: PurchaseSource, reading: Reading, rules: LineRules, on_rows: Callable[[int], None]
) -> Iterator[pa.Table]:
    """The lines that pass the rules, with `line`; one thread reads while another converts."""

    def step(block: object) -> tuple[pa.Table, int]:
        lines = rules.purchases(reading.convert(block))
        return lines, rules.lines_read

    waiting: deque[Future[tuple[pa.Table, int]]] = deque()
    with ThreadPoolExecutor(1, "clvrec-extract") as pool:
        try:
            for block in _blocks(source, reading, rules):
                waiting.append(pool.submit(step, block))
                if len(waiting) > AHEAD:
                    yield _told(waiting.popleft(), on_rows)
            while waiting:
                yield _told(waiting.popleft(), on_rows)
        finally:
            for future in waiting:
                future.cancel()


def _blocks(source: PurchaseSource, reading: Reading, rules: LineRules) -> Iterator[object]:
    try:
        yield from reading.blocks
    except (OperationalError, InterfaceError) as error:
        raise SourceUnreadable(
            f"The database failed while {source.name} was read, after {rules.lines_read} lines: "
            f"{str(error).strip()}. Nothing was published; refresh again when it is well."
        ) from error


def _told(future: "Future[tuple[pa.Table, int]]", on_rows: Callable[[int], None]) -> pa.Table:
    lines, lines_read = future.result()
    on_rows(lines_read)
    return lines


def _where(source: PurchaseSource) -> str:
    if isinstance(source, ParquetPurchaseSource):
        return f"the data at {source.path}"
    return "the filter of its queryset"


def _nothing(source: PurchaseSource, rules: LineRules) -> str:
    dropped = {rule: count for rule, count in rules.dropped.items() if count}
    return (
        f"{source.name} gave {rules.lines_read} lines and no purchase"
        + (f"; dropped by rule: {dropped}. " if dropped else ". ")
        + f"Look at {_where(source)}."
    )
