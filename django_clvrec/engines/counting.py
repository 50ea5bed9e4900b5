"""What is learnt from a purchase log: a copy in which lines that do not count have no item.

Whatever the engine, a line without an item is bought money and nothing else: scores, tiers and
forecasts see it, recommenders and popularity do not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray

from django_clvrec.core.bursts import (
    Burst,
    BurstRules,
    Newcomers,
    Purchases,
    Spans,
    bursts_of,
    known_days,
    shifts,
    spans_of,
)
from django_clvrec.core.caps import WeightCaps
from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER, TIME
from django_clvrec.engines.lines import DAY, NONE

AT_ONCE = 1 << 20
"""Lines looked at together: those of some items of a large log after those of others."""
LATELY_DAYS = 28
"""What was bought in so many days before the last order is looked at most closely."""
GROUP_ROWS = 200_000
FILE = "lines.parquet"

Ints = NDArray[np.integer]
Flags = NDArray[np.bool_]
OnStep = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody said of a burst; days since 1970."""

    level: str
    item_key: str
    first: int
    last: int
    who: Newcomers
    counts: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """A burst that nobody has let count."""

    level: str
    item_key: str
    burst: Burst


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The log to learn from, and what does not count in it."""

    log: Path
    found: tuple[Found, ...] = ()
    kept_out: int = 0
    """Lines in quarantine."""
    capped: dict[str, int] = field(default_factory=dict)
    """By level, lines beyond the caps."""


def counted(
    log: Path,
    out: Path,
    levels: Sequence[str],
    *,
    caps: WeightCaps,
    rules: BurstRules | None,
    decisions: Sequence[Decision] = (),
    on_step: OnStep = lambda *_: None,
) -> Counted:
    """The log in `log` as it is learnt from, written into `out` where it differs.

    What is in quarantine at one level does not count at any. Without `rules` nothing is looked
    for, and what was decided holds.
    """
    lines = _Lines(ds.dataset(log, format=_by_dictionary(levels)))
    steps = len(levels) + 1
    kept_out: list[NDArray[np.int64]] = []
    found: list[Found] = []
    capped: dict[str, NDArray[np.int64]] = {}
    for number, level in enumerate(levels):
        on_step(number, steps)
        of_level = _Level(lines, level)
        bursts = of_level.bursts(rules, [one for one in decisions if one.level == level])
        found += [
            Found(level=level, item_key=of_level.key(burst.item), burst=burst)
            for burst, is_new in bursts
            if is_new
        ]
        kept_out += of_level.pushed([burst for burst, _ in bursts])
        capped[level] = of_level.beyond(caps)
    on_step(len(levels), steps)
    pushed = np.unique(np.concatenate([*kept_out, np.empty(0, dtype=np.int64)]))
    if not len(pushed) and not any(map(len, capped.values())):
        return Counted(log=log)
    without = {level: np.union1d(pushed, places) for level, places in capped.items()}
    _write(log, out, without)
    return Counted(
        log=out,
        found=tuple(found),
        kept_out=len(pushed),
        capped={level: len(places) for level, places in capped.items()},
    )


def _by_dictionary(levels: Sequence[str]) -> ds.ParquetFileFormat:
    """Keys are read as numbers, so that a large log needs few bytes a line."""
    keys = [CUSTOMER, *(ITEM_PREFIX + level for level in levels)]
    return ds.ParquetFileFormat(dictionary_columns=keys)


class _Lines:
    """Customers and days of all lines."""

    def __init__(self, data: ds.Dataset) -> None:
        self.data = data
        self.customers = self.encoded(CUSTOMER)[0]
        times = data.to_table(columns=[TIME])[TIME]
        days = [chunk.cast(pa.int64()).to_numpy() // DAY for chunk in times.chunks]
        self.days = np.concatenate([*days, np.empty(0, np.int64)]).astype(np.int32)
        self.known_days = known_days(self.customers, self.days)
        self.last_day = int(self.days.max(initial=0))

    def encoded(self, column: str) -> tuple[NDArray[np.int32], pa.Array]:
        """A number for each line, NONE where it has no key, and the keys by number."""
        found = self.data.to_table(columns=[column])[column]
        if not pa.types.is_dictionary(found.type):
            found = found.dictionary_encode()
        chunks = found.unify_dictionaries().chunks
        keys = chunks[0].dictionary if chunks else pa.array([], pa.string())
        numbers = [pc.fill_null(chunk.indices, NONE).to_numpy() for chunk in chunks]
        return np.concatenate([*numbers, np.empty(0, np.int32)]).astype(np.int32), keys

    def orders(self, chosen: Flags) -> Ints:
        """Numbers of the orders of the chosen lines; a higher key has a higher number."""
        found, at = [], 0
        for batch in self.data.to_batches(columns=[ORDER]):
            found.append(batch[ORDER].filter(pa.array(chosen[at : at + batch.num_rows])))
            at += batch.num_rows
        keys = pa.chunked_array(found, pa.string())
        return np.asarray(pc.rank(keys, tiebreaker="dense").to_numpy(), dtype=np.int64)


class _Level:
    """The lines of one level, some items after the other."""

    def __init__(self, lines: _Lines, level: str) -> None:
        self.lines = lines
        self.items, self.keys = lines.encoded(ITEM_PREFIX + level)
        self.parts = len(self.items) // AT_ONCE + 1

    def key(self, item: int) -> str:
        return str(self.keys[item].as_py())

    def bursts(
        self, rules: BurstRules | None, decisions: Sequence[Decision]
    ) -> list[tuple[Burst, bool]]:
        """Those that do not count, and whether they were found just now."""
        number_of = {key: number for number, key in enumerate(self.keys.to_pylist())}
        known = [(one, number_of.get(one.item_key, NONE)) for one in decisions]
        out = [_decided(one, item) for one, item in known if not one.counts and item != NONE]
        if rules is None:
            return [(burst, False) for burst in out]
        let: dict[int, list[Decision]] = {}
        for one, item in known:
            if one.counts:
                let.setdefault(item, []).append(one)
        found = [
            burst
            for burst in bursts_of(self._spans(rules), rules)
            if not any(_overlaps(burst, one) for one in let.get(burst.item, ()))
        ]
        return [*((burst, True) for burst in found), *((burst, False) for burst in out)]

    def pushed(self, bursts: Sequence[Burst]) -> list[NDArray[np.int64]]:
        """Places of the lines by which these items were pushed."""
        places = np.flatnonzero(np.isin(self.items, [burst.item for burst in bursts]))
        # each item by itself, for whoever floods a shop pushes thousands
        places = places[np.argsort(self.items[places], kind="stable")]
        items = self.items[places]
        found = []
        for burst in bursts:
            mine = places[slice(*np.searchsorted(items, [burst.item, burst.item + 1]))]
            found.append(mine[burst.pairs(self._purchases(mine), self.lines.known_days)])
        return found

    def beyond(self, caps: WeightCaps) -> NDArray[np.int64]:
        """Places of the lines beyond the caps, ascending."""
        asked = np.zeros(len(self.items), dtype=bool)
        for places, some in self._pieces():
            asked[places] = caps.may_exceed(self._cells(some), some.days)
        if not asked.any():
            return np.empty(0, dtype=np.int64)
        places = np.flatnonzero(asked)
        some = self._purchases(places)
        return places[caps.beyond(self._cells(some), some.days, self.lines.orders(asked))]

    def _cells(self, some: Purchases) -> Ints:
        return some.customers.astype(np.int64) * len(self.keys) + some.items

    def _spans(self, rules: BurstRules) -> list[Spans]:
        lately = self.lines.last_day - LATELY_DAYS + 1
        parts = [
            [
                table
                for width, kinds in rules.newcomers().items()
                for shift in shifts(width)
                for table in spans_of(
                    some,
                    self.lines.known_days,
                    width=width,
                    shift=shift,
                    kinds=kinds,
                    lately=lately,
                )
            ]
            for _, some in self._pieces()
        ]
        return [Spans.joined(of_kind) for of_kind in zip(*parts, strict=True)]

    def _pieces(self) -> Iterator[tuple[NDArray[np.int64], Purchases]]:
        size = len(self.keys) // self.parts + 1
        for part in range(self.parts):
            of_part = (self.items >= part * size) & (self.items < (part + 1) * size)
            places = np.flatnonzero(of_part)
            yield places, self._purchases(places)

    def _purchases(self, places: NDArray[np.int64]) -> Purchases:
        return Purchases(
            customers=self.lines.customers[places],
            items=self.items[places],
            days=self.lines.days[places],
        )


def _overlaps(burst: Burst, decision: Decision) -> bool:
    return burst.first <= decision.last and decision.first <= burst.last


def _decided(decision: Decision, item: int) -> Burst:
    """A burst as it was when somebody looked at it."""
    return Burst(
        item=item,
        first=decision.first,
        last=decision.last,
        who=decision.who,
        buyers=0,
        newcomers=0,
        usual=0.0,
        chance=0.0,
    )


def _write(log: Path, out: Path, without: dict[str, NDArray[np.int64]]) -> None:
    """The lines of `log` in their order, with no item at a level in the places that are given."""
    out.mkdir(parents=True, exist_ok=True)
    data = ds.dataset(log)
    at = 0
    with pq.ParquetWriter(out / FILE, data.schema, compression="zstd") as file:
        for batch in data.to_batches(batch_size=GROUP_ROWS):
            end = at + batch.num_rows
            table = pa.Table.from_batches([batch])
            for level, places in without.items():
                begin, stop = np.searchsorted(places, [at, end])
                table = _without(table, ITEM_PREFIX + level, places[begin:stop] - at)
            file.write_table(table, row_group_size=GROUP_ROWS)
            at = end


def _without(table: pa.Table, column: str, places: NDArray[np.int64]) -> pa.Table:
    counts = np.ones(table.num_rows, dtype=bool)
    counts[places] = False
    values = pc.if_else(pa.array(counts), table[column], pa.scalar(None, table[column].type))
    return table.set_column(
        table.schema.get_field_index(column), table.schema.field(column), values
    )
