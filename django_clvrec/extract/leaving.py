"""Customers who leave: lines of who stays out are dropped, of who was erased not carried on."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from numpy.typing import NDArray

from django_clvrec.core.purchases import CUSTOMER, TIME
from django_clvrec.extract.merging import Unusable
from django_clvrec.extract.rows import ALIAS, BATCH_ROWS
from django_clvrec.marks import Marked
from django_clvrec.pseudonyms import is_on

MOST_KEYS = 500
"""Of so many customers the shop can be asked in one statement."""


class Mask:
    """Tells of a column of customers' keys which are marked."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self._met: set[str | None] = set()

    def meet(self, own: Iterable[str | None], stored: Iterable[str | None]) -> None:
        """Know customers by their stored keys who are marked by the shop's own, as they were before
        PSEUDONYM_KEY was set or changed."""
        pairs = zip(own, stored, strict=True)
        self._met |= {after for before, after in pairs if before and before in self.marked}

    def __call__(self, keys: Any) -> NDArray[np.bool_]:
        column = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
        coded = pc.dictionary_encode(column)
        # each key once: a digest takes longer than all else that is done with a line
        found = [key in self._met or key in self.marked for key in coded.dictionary.to_pylist()]
        flags = pa.array([*found, False], pa.bool_())
        places = pc.fill_null(coded.indices, len(found))
        held: NDArray[np.bool_] = flags.take(places).to_numpy(zero_copy_only=False)
        return held


def mask_of(marked: Marked) -> Mask | None:
    """None where nobody is marked."""
    return Mask(marked) if marked else None


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """Customers of a kept log who are not carried on, and their lines before its cut."""

    out: Counter[str] = field(default_factory=Counter)
    """Lines by customer, of who stays out."""
    erased: Counter[str] = field(default_factory=Counter)
    """The same of who was erased since the log was kept, and does not stay out."""

    @property
    def keys(self) -> pa.Array:
        return pa.array(sorted(self.out.keys() | self.erased.keys()), pa.string())

    def dropped(self, missing: int) -> int:
        """How many of their lines count as dropped; `missing` are in the shop no more.

        Raises Unusable where the shop has lost other lines than theirs.
        """
        if missing not in {0, self.erased.total()}:
            raise Unusable("lines older than the window have come or gone")
        return self.out.total() + self.erased.total() - missing


def leaving(log: Path, cut: pa.Scalar, out: Marked, erased: Marked) -> Leaving:
    """Looks through a kept log, where anybody is marked. Raises Unusable."""
    found = Leaving()
    if not out and not erased:
        return found
    for keys, counts in _counted(log, cut):
        for key, lines in zip(keys, counts, strict=True):
            if key in out:
                found.out[key] += lines
            elif key in erased:
                found.erased[key] += lines
    return found


def refuse_still_there(found: Leaving, before: QuerySet[Any, Any], missing: int) -> None:
    """Raise Unusable where the shop still has lines of who was erased: a full reading has them.

    The shop cannot be asked by pseudonyms. Then they are gone where `missing` says so.
    """
    keys = [*found.erased]
    if not keys:
        return
    if is_on():
        if missing != found.erased.total():
            raise Unusable("customers were erased, and pseudonyms do not tell whose orders stay")
        return
    name = ALIAS + CUSTOMER
    typed = before.query.annotations[name].output_field
    try:
        values = [typed.to_python(key) for key in keys]
    except (ValidationError, ValueError, TypeError):
        values = keys
    if len(values) > MOST_KEYS or before.filter(**{f"{name}__in": values}).exists():
        raise Unusable("customers were erased whose orders are still there, or very many")


def _counted(log: Path, cut: pa.Scalar) -> Iterator[tuple[list[str], list[int]]]:
    """Customers and their lines before `cut`, in flat memory."""
    try:
        with pq.ParquetFile(log) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=[CUSTOMER, TIME]):
                mine = batch[CUSTOMER].filter(pc.less(batch[TIME], cut))
                counts = pc.value_counts(mine)
                yield counts.field("values").to_pylist(), counts.field("counts").to_pylist()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise Unusable(f"the kept log cannot be read: {error}") from error
