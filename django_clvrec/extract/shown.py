"""What customers were shown and what came of it, from the database to Parquet in flat memory."""

from collections.abc import Generator, Iterable
from contextlib import closing
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec.engines.shown import SCHEMA
from django_clvrec.extract.iterating import utc
from django_clvrec.extract.streaming import streamed
from django_clvrec.extract.writing import parquet_writer
from django_clvrec.models import Feedback, ShownList, write_database
from django_clvrec.pseudonyms import PREFIX, is_on

MOST_SHOWN = 1_000_000
"""Items in lists, at each level: of more, those of the newest lists."""
BATCH_ROWS = 10_000
FEEDBACK = ("feedback__item_key", "feedback__kind", "feedback__at", "feedback__value")
NOTHING = (None, None)
Row = tuple[Any, ...]
"""As the columns of SCHEMA."""


def extract_shown(folder: Path, levels: Iterable[str], as_of: datetime) -> dict[str, Path]:
    """Write what customers were shown up to `as_of`, one file for each level; their paths.

    One query each. Visitors are left out, for what they buy is in no log. Feedback knows no source:
    who reads a file joins it with a log by the keys of customers and items, so two shops that share
    both, and the names of levels, learn from each other's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for level in levels:
        found[level] = folder / f"{level}.parquet"
        with parquet_writer(found[level], SCHEMA) as file, closing(_tables(level, as_of)) as tables:
            for table in tables:
                file.write(table)
    return found


def _tables(level: str, as_of: datetime) -> Generator[pa.Table, None, None]:
    lists = _lists(level, as_of).order_by("-shown_at", "pk")
    # a list comes once for each thing that came of it, and once where nothing did
    values = lists.values_list("pk", "subject_key", "items", "shown_at", *FEEDBACK)
    stream: Any = values.iterator(chunk_size=BATCH_ROWS)
    rows: list[Row] = []
    left = MOST_SHOWN
    with streamed(lists.db), closing(stream):
        for _, same in groupby(stream, key=itemgetter(0)):
            found = _rows([*same])[:left]
            rows += found
            left -= len(found)
            if len(rows) >= BATCH_ROWS:
                yield _table(rows)
                rows = []
            if not left:
                break
    if rows:
        yield _table(rows)


def _table(rows: list[Row]) -> pa.Table:
    columns = zip(SCHEMA.names, zip(*rows, strict=True), strict=True)
    return pa.Table.from_pydict(dict(columns), SCHEMA)


def _rows(same: list[Any]) -> list[Row]:
    """The items of one list, in its order."""
    _, customer_key, items, shown_at, *_ = same[0]
    came = {(key, kind): (utc(at), value) for *_, key, kind, at, value in same}
    found = []
    for item_key, _ in items:
        clicked_at, _ = came.get((item_key, Feedback.Kind.CLICKED), NOTHING)
        bought_at, value = came.get((item_key, Feedback.Kind.BOUGHT), NOTHING)
        revenue = None if value is None else float(value)
        found.append((customer_key, item_key, utc(shown_at), clicked_at, bought_at, revenue))
    return found


def _lists(level: str, as_of: datetime) -> QuerySet[ShownList]:
    if not settings.USE_TZ and timezone.is_aware(as_of):
        as_of = timezone.make_naive(as_of, timezone.get_default_timezone())
    rows = ShownList.objects.using(write_database())
    rows = rows.filter(level=level, is_customer=True, shown_at__lte=as_of)
    # what is left from before is under keys that no log has now, and that no file is to have
    return rows.filter(subject_key__startswith=PREFIX) if is_on() else rows
