"""The log of the last extraction is kept, so that only what may have changed is read anew.

Lines before a cut, LOG_WINDOW_DAYS before `as_of`, are settled: the next extraction takes them
from the kept log and reads the rest. What it writes is what a full reading would have written,
unless a settled line was changed in place; lines that came or went are noticed by their number.
Lines of erased customers are not taken from it, so that it does not outlive what the shop deleted.

In the source's folder lie `kept.json` and the folder that it names. The latter is complete
before the former is replaced in one step, so whatever happens there is one whole log, or none.
"""

import hashlib
import json
import logging
import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import DateTimeField, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from django_clvrec import __version__, marks, pseudonyms
from django_clvrec.conf import get_config
from django_clvrec.core.purchases import (
    CUSTOMER,
    LINE,
    TIME,
    UTC_TIME,
    Counts,
    LineRules,
    log_schema,
)
from django_clvrec.extract import rows as reading
from django_clvrec.extract.leaving import Leaving, leaving, mask_of, refuse_still_there
from django_clvrec.extract.merging import Unusable
from django_clvrec.extract.rows import ALIAS, NUMBER, OTHER, UUID
from django_clvrec.extract.writing import GroupWriter, parquet_writer
from django_clvrec.logs import say
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource

FORMAT = 2
LINES, KEYS, KEPT = "lines.parquet", "keys.parquet", "kept.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A kept log: what it holds before the cut need not be read again."""

    folder: Path
    rows: int
    cut: date
    settled: Counts
    leaving: Leaving


def keeper_of(source: PurchaseSource, as_of: datetime) -> "LogKeeper | None":
    """Who keeps the log of a source; None where it is not wanted or cannot be exact."""
    folder = get_config()["LOG_DIR"]
    if folder is None or isinstance(source, ParquetPurchaseSource):
        return None
    kind = reading.line_kind(source)
    is_mysql = connections[source.rows().db].vendor == "mysql"
    if kind == OTHER or (kind == UUID and is_mysql):  # MariaDB has an order of its own for UUIDs
        message = "%s is read in full: its `line` has no order to merge by"
        say(logging.INFO, "refresh.full", message, source.name)
        return None
    try:
        return LogKeeper(Path(folder), source, as_of)
    except EmptyResultSet:
        return None


class LogKeeper:
    """Keeps and finds again the log of one source."""

    def __init__(self, folder: Path, source: PurchaseSource, as_of: datetime) -> None:
        self.source, self.as_of = source, as_of.astimezone(UTC)
        digest = hashlib.sha256(source.name.encode()).hexdigest()[:8]
        self.place = folder / f"{slugify(source.name)}-{digest}"
        self.window = get_config()["LOG_WINDOW_DAYS"]
        self.cut = timezone.localdate(as_of) - timedelta(days=self.window)
        self.rows = reading.annotated(source)
        self.fingerprint = self._fingerprint()
        # asked before anything is read: who is erased meanwhile was perhaps read already
        self.revision = marks.revision_of(source.name)
        self.out = marks.staying_out(source.name)
        self.staged = self.place / uuid.uuid4().hex

    def rules(self, kept: Kept | None = None) -> LineRules:
        """Rules that count settled lines apart; those of the kept log are counted already."""
        rules = LineRules(self.as_of, _midnight(self.cut), mask_of(self.out))
        if kept is not None:
            rules.counts += kept.settled
            rules.settled += kept.settled
            rules.lines_kept = kept.settled.lines_read
        return rules

    def load(self) -> Kept:
        """The kept log. Raises Unusable where there is none that goes on."""
        try:
            said = json.loads((self.place / KEPT).read_text())
            kept = Kept(
                folder=self.place / said["folder"],
                rows=said["rows"],
                cut=date.fromisoformat(said["cut"]),
                settled=Counts(
                    lines_read=said["settled"]["lines_read"],
                    dropped=Counter(said["settled"]["dropped"]),
                ),
                leaving=Leaving(),
            )
            last = datetime.fromisoformat(said["as_of"])
            revision, were_out = said["revision"], frozenset(said["out"])
        except FileNotFoundError:
            raise Unusable("no log was kept yet") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unusable(f"the kept log cannot be read: {error}") from error
        if said.get("pseudonyms", "") != pseudonyms.fingerprint():
            self._drop()
            raise Unusable("PSEUDONYM_KEY has changed")
        if said["fingerprint"] != self.fingerprint:
            raise Unusable("the source, the settings or the version have changed")
        if self.as_of < last:
            raise Unusable("`as_of` lies before that of the kept log")
        if self.as_of - last > timedelta(days=get_config()["HISTORY_DAYS"]):
            raise Unusable("it was kept before what is known of erased customers")
        if not were_out <= self.out.digests:
            raise Unusable("customers were let in again")
        before = Q(**{f"{ALIAS}{TIME}__lt": self._bound(kept.cut)})
        values = reading.ordered_values(self.source, self.rows.filter(before))
        missing = kept.settled.lines_read - values.order_by().count()
        erased, _ = marks.erased_since(self.source.name, revision)
        cut = pa.scalar(_midnight(kept.cut), UTC_TIME)
        found = leaving(kept.folder / LINES, cut, self.out, erased)
        dropped = found.dropped(missing)
        refuse_still_there(found, values, missing)
        settled = Counts(
            lines_read=kept.settled.lines_read - missing,
            dropped=kept.settled.dropped + Counter(erased=dropped),
        )
        return replace(kept, settled=settled, leaving=found)

    def recent(self, kept: Kept) -> QuerySet[Any, Any]:
        """The rows that are to be read anew: from the cut on, and those without a time."""
        name = ALIAS + TIME
        rows: QuerySet[Any, Any] = self.rows.filter(
            Q(**{f"{name}__gte": self._bound(kept.cut)}) | Q(**{f"{name}__isnull": True})
        )
        return rows

    def settled(self, kept: Kept) -> Iterator[pa.Table]:
        """The purchases of the kept log that lie before its cut. Raises Unusable."""
        cut = pa.scalar(_midnight(kept.cut), UTC_TIME)
        try:
            with (
                pq.ParquetFile(kept.folder / LINES) as lines,
                pq.ParquetFile(kept.folder / KEYS) as keys,
            ):
                if {lines.metadata.num_rows, keys.metadata.num_rows} != {kept.rows}:
                    raise Unusable("the kept log is not whole")
                size = reading.BATCH_ROWS
                for batch, key in zip(
                    lines.iter_batches(size), keys.iter_batches(size), strict=True
                ):
                    table = pa.Table.from_batches([batch]).append_column(LINE, key[LINE])
                    stays = pc.invert(pc.is_in(table[CUSTOMER], kept.leaving.keys))
                    yield table.filter(pc.and_(pc.less(table[TIME], cut), stays))
        except (OSError, ValueError, pa.ArrowException) as error:
            raise Unusable(f"the kept log cannot be read: {error}") from error

    def key_writer(self) -> AbstractContextManager[GroupWriter]:
        """Writes beside the log what tells its lines apart."""
        self.staged.mkdir(parents=True, exist_ok=True)
        kind = pa.int64() if reading.line_kind(self.source) == NUMBER else pa.string()
        return parquet_writer(self.staged / KEYS, pa.schema([(LINE, kind)]))

    def keep(self, log: Path, rows: int, rules: LineRules) -> None:
        """Make `log`, whose keys were written, the kept one; the one before it is removed."""
        if rules.is_parted:  # each of two equal lines may be the one that stays, next time
            (self.place / KEPT).unlink(missing_ok=True)
        else:
            _link(log, self.staged / LINES)
            aside = self.place / f"{KEPT}.part"
            aside.write_text(
                json.dumps(
                    {
                        "folder": self.staged.name,
                        "rows": rows,
                        "cut": self.cut.isoformat(),
                        "as_of": self.as_of.isoformat(),
                        "settled": {
                            "lines_read": rules.settled.lines_read,
                            "dropped": dict(rules.settled.dropped),
                        },
                        "fingerprint": self.fingerprint,
                        "revision": self.revision,
                        "out": sorted(self.out.digests),
                        "pseudonyms": pseudonyms.fingerprint(),
                    }
                )
            )
            aside.replace(self.place / KEPT)
        for folder in self.place.iterdir():
            if folder.is_dir() and (rules.is_parted or folder != self.staged):
                shutil.rmtree(folder, ignore_errors=True)

    def _drop(self) -> None:
        """Remove all that was kept of the source."""
        shutil.rmtree(self.place, ignore_errors=True)

    def _bound(self, day: date) -> date:
        """A day as the source's time is compared with it."""
        field = self.rows.query.annotations[ALIAS + TIME].output_field
        if not isinstance(field, DateTimeField):
            return day
        return _midnight(day) if settings.USE_TZ else datetime.combine(day, time())

    def _fingerprint(self) -> str:
        """Whatever decides which lines there are and how they are written."""
        values = reading.ordered_values(self.source, self.rows)
        query = values.query.get_compiler(using=values.db).as_sql()
        database = connections[values.db].settings_dict
        zone = timezone.get_default_timezone_name()
        schema = log_schema(list(self.source.levels))
        parts = [
            FORMAT,
            __version__,
            query,
            [database.get(key) for key in ("ENGINE", "NAME", "HOST", "PORT")],
            (settings.USE_TZ, zone, self.window),
            schema.to_string(),
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


def _link(file: Path, place: Path) -> None:
    """The same file at another place, or a copy where folders are on different disks."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)
