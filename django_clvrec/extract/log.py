"""Source in, purchase log out: chooses the way in, applies the rules, writes the file."""

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from django_clvrec import marks
from django_clvrec.core.purchases import LineRules, log_schema
from django_clvrec.exceptions import NoPurchases, SourceUnreadable
from django_clvrec.extract.copying import copy
from django_clvrec.extract.datasets import count_lines, stream
from django_clvrec.extract.hiding import with_stored_keys
from django_clvrec.extract.iterating import iterate
from django_clvrec.extract.keeping import LogKeeper, keeper_of
from django_clvrec.extract.leaving import Mask, mask_of
from django_clvrec.extract.merging import Unusable, merged
from django_clvrec.extract.rows import Reading, annotated
from django_clvrec.extract.writing import parquet_writer
from django_clvrec.logs import say
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource

FILE = "lines.parquet"
AHEAD = 2
"""Blocks that may wait while one is at work; more would only take memory."""

OnRows = Callable[[int], None]


def extract(
    source: PurchaseSource,
    folder: Path,
    as_of: datetime,
    on_rows: OnRows = lambda _: None,
    *,
    full: bool = False,
    is_kept: bool = True,
) -> LineRules:
    """Write the source's purchases up to `as_of` as `folder/lines.parquet`.

    With LOG_DIR set, settled lines come from the log that was kept there, unless `full`. Without
    `is_kept`, LOG_DIR is neither read nor written: only who holds the source's lease may.
    Returns the rules with their counts. `on_rows` is called with the lines read so far; it must
    not query the source's database, whose connection is busy meanwhile.
    Raises BadPurchases for a value that does not fit, NoPurchases where no line is left,
    SourceUnreadable where the database or a file fails. Then there is no log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keeper = keeper_of(source, as_of) if is_kept else None
    if keeper is not None and not full:
        try:
            return _extract_recent(source, folder, keeper, on_rows)
        except Unusable as reason:
            say(logging.INFO, "refresh.full", "%s is read in full: %s", source.name, reason)
    if keeper is None:
        rules = LineRules(as_of, left_out=mask_of(marks.staying_out(source.name)))
    else:
        rules = keeper.rules()
    _extract_all(source, folder, rules, keeper, on_rows)
    return rules


def extract_strange(
    source: ParquetPurchaseSource, folder: Path, rules: LineRules, on_rows: OnRows = lambda _: None
) -> None:
    """The same as `extract` of data that are no shop's of this project: no database is asked."""
    folder.mkdir(parents=True, exist_ok=True)
    _extract_all(source, folder, rules, None, on_rows)


def _extract_all(
    source: PurchaseSource,
    folder: Path,
    rules: LineRules,
    keeper: LogKeeper | None,
    on_rows: OnRows,
) -> None:
    with closing(purchases(source, read(source), rules, on_rows)) as lines:
        _write(source, folder, rules, lines, keeper)


def _extract_recent(
    source: PurchaseSource, folder: Path, keeper: LogKeeper, on_rows: OnRows
) -> LineRules:
    kept = keeper.load()
    rules = keeper.rules(kept)
    reading = read_rows(source, keeper.recent(kept))
    with closing(purchases(source, reading, rules, on_rows)) as recent:
        _write(source, folder, rules, merged(keeper.settled(kept), recent), keeper)
    return rules


def _write(
    source: PurchaseSource,
    folder: Path,
    rules: LineRules,
    lines: Iterator[pa.Table],
    keeper: LogKeeper | None,
) -> None:
    """Lines to the log; where it is kept, also what tells them apart."""
    with ExitStack() as stack:
        log = stack.enter_context(parquet_writer(folder / FILE, log_schema(list(source.levels))))
        keys = stack.enter_context(keeper.key_writer()) if keeper else None
        for table in lines:
            log.write(table)
            if keys is not None:
                keys.write(table)
        if not log.rows:
            raise NoPurchases(_nothing(source, rules))
    if keeper is not None:
        keeper.keep(folder / FILE, log.rows, rules)


def read(source: PurchaseSource) -> Reading:
    """The quickest way to the lines of a source."""
    if isinstance(source, ParquetPurchaseSource):
        return stream(source)
    return read_rows(source, annotated(source))


def read_rows(source: PurchaseSource, rows: QuerySet[Any, Any]) -> Reading:
    """The quickest way to these rows of a source's queryset."""
    return copy(source, rows) or iterate(source, rows)


def line_count(source: PurchaseSource) -> int:
    """How many lines there are to read, for a progress bar."""
    if isinstance(source, ParquetPurchaseSource):
        return count_lines(source)
    return source.rows().order_by().count()


def purchases(
    source: PurchaseSource, reading: Reading, rules: LineRules, on_rows: OnRows
) -> Generator[pa.Table, None, None]:
    """The lines that pass the rules, with `line`; one thread reads while another converts."""

    mask = rules.left_out if isinstance(rules.left_out, Mask) else None

    def step(block: object) -> tuple[pa.Table, int]:
        lines = rules.purchases(with_stored_keys(reading.convert(block), mask))
        return lines, rules.lines_read

    waiting: deque[Future[tuple[pa.Table, int]]] = deque()
    with ThreadPoolExecutor(1, "clvrec-extract") as pool:
        try:
            with closing(_blocks(source, reading, rules)) as blocks:
                for block in blocks:
                    waiting.append(pool.submit(step, block))
                    if len(waiting) > AHEAD:
                        yield _told(waiting.popleft(), on_rows)
            while waiting:
                yield _told(waiting.popleft(), on_rows)
        finally:
            for future in waiting:
                future.cancel()


def _blocks(
    source: PurchaseSource, reading: Reading, rules: LineRules
) -> Generator[object, None, None]:
    try:
        yield from reading.blocks
    except (OperationalError, InterfaceError) as error:
        raise SourceUnreadable(
            f"The database failed while {source.name} was read, after {rules.lines_read} lines: "
            f"{str(error).strip()}. Nothing was published; refresh again when it is well."
        ) from error


def _told(future: "Future[tuple[pa.Table, int]]", on_rows: OnRows) -> pa.Table:
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
