"""The stages of a run in one process, with numpy, SciPy and Arrow."""

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from django_clvrec.core.dimensions import DIMENSIONS, VALUE_COLUMNS
from django_clvrec.core.evaluation.folds import histories_of
from django_clvrec.core.histories import Histories
from django_clvrec.core.purchases import as_floats
from django_clvrec.core.recommenders.factorise import factorise
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.base import (
    EXPLICIT,
    RECOMMENDATIONS,
    SCORES,
    Model,
    Parameters,
    Popular,
    als_name,
    too_little,
)
from django_clvrec.engines.batches import (
    LIST_SCHEMA,
    arrow_lists,
    lists_of_known,
    pieces,
    ranked_batches,
    score_batch,
)
from django_clvrec.engines.cohorts import cohorts_of
from django_clvrec.engines.demand import demand_of
from django_clvrec.engines.events import events_of, sample
from django_clvrec.engines.lines import NONE, Lines
from django_clvrec.engines.local.cells import cells_of
from django_clvrec.engines.pairs import pairs_of, since
from django_clvrec.engines.rfm import days_held, rfm_of, with_days
from django_clvrec.engines.samples import Rankers, Sample

ROWS = 100_000
"""Customers scored at a time."""
RANKED_CELLS = 1 << 24
"""Customer × item scores handed to a thread at once."""


class LocalEngine:
    """Runs every stage in this process, with one thread for each core."""

    name = "local"

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or os.cpu_count() or 1

    @contextmanager
    def open(self, log: Path, out: Path, parameters: Parameters) -> Iterator["LocalRun"]:
        with ThreadPoolExecutor(self.threads) as pool:
            yield LocalRun(log, out, parameters, pool, self.threads)


@dataclass(frozen=True)
class _Fitted:
    """What a training leaves for the lists of its customers."""

    customers: NDArray[np.int64]
    factors: NDArray[np.float32]
    place: NDArray[np.int64]
    """The model's row of each item of the level; -1 where it has none."""


class LocalRun:
    """The stages of one run."""

    def __init__(
        self, log: Path, out: Path, parameters: Parameters, pool: ThreadPoolExecutor, threads: int
    ) -> None:
        self.out, self.parameters = out, parameters
        data = ds.dataset(log)
        self.lines = Lines(lambda name: data.to_table(columns=[name])[name])
        self.pool, self.threads = pool, threads
        self._tiers = np.empty(0, dtype=object)
        self._fitted: dict[str, _Fitted] = {}

    # RFM, scores, tiers

    def value_counts(self) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        as_of, times = self.parameters.as_of, self.lines.times
        first = int(times.min()) if len(times) else 0
        held = days_held(first, as_of, self.parameters.horizon_days)
        self._rfm = with_days(rfm_of(self.lines, as_of), self.lines, as_of, held)
        counts = {}
        for dimension in DIMENSIONS:
            values = as_floats(self._rfm[VALUE_COLUMNS[dimension]])
            counts[dimension] = np.unique(values, return_counts=True)
        return counts

    def score(self, scale: Scale) -> dict[str, int]:
        folder = self.out / SCORES
        folder.mkdir()
        scored = [score_batch(batch, scale) for batch in self._rfm.to_batches(ROWS)]
        pq.write_table(pa.Table.from_batches(scored), folder / "scores.parquet")
        tiers = [batch["tier"].to_numpy(zero_copy_only=False) for batch in scored]
        self._tiers = np.concatenate(tiers) if tiers else self._tiers
        names, sizes = np.unique(self._tiers.astype(str), return_counts=True)
        return dict(zip(names.tolist(), sizes.tolist(), strict=True))

    def cohorts(self) -> pa.Table:
        return cohorts_of(self.lines)

    # recommenders

    def popular(self, level: str) -> list[Popular]:
        items = self.lines.items(level)
        is_explicit = self.parameters.feedback == EXPLICIT
        bought_at = self.lines.times[items.numbers != NONE]
        last = int(bought_at.max()) if len(bought_at) else 0
        begin = since(last, self.parameters.popularity_days)
        self._pairs = pairs_of(self.lines, items, begin, is_explicit)
        self._demand = demand_of(self._pairs, items.keys, self._tiers)
        return self._demand.popular(level, self.parameters)

    def prepare(self, level: str) -> None:
        self._fitted = {}
        self._kept = self._demand.bought(self.parameters.min_buyers)
        self._cells = cells_of(self._pairs, self._demand.keys, self._kept, len(self._tiers))
        del self._pairs

    def fit(self, level: str, tier: str) -> Model:
        started = time.monotonic()
        learnt, is_explicit = self._cells.learnt, self.parameters.feedback == EXPLICIT
        in_tier = self._tiers == tier if tier else np.ones(learnt.shape[0], dtype=bool)
        rows = np.flatnonzero(in_tier & (np.diff(learnt.indptr) > 0))
        untrained = too_little(level, tier, len(rows), self.parameters)
        if untrained:
            return untrained
        chosen = learnt[rows]
        items = np.flatnonzero(np.bincount(chosen.indices, minlength=learnt.shape[1]))
        place = np.full(learnt.shape[1], -1)
        place[items] = np.arange(len(items))
        narrow = csr_array(
            (chosen.data, place[chosen.indices], chosen.indptr), (len(rows), len(items))
        )
        parameters, name = self.parameters.als[level], als_name(tier)
        customers, factors = factorise(
            narrow, parameters, is_explicit=is_explicit, threads=self.threads
        )
        self._fitted[name] = _Fitted(rows, customers, place)
        return Model(
            name=name,
            level=level,
            tier=tier,
            customers=len(rows),
            interactions=narrow.nnz,
            seconds=time.monotonic() - started,
            item_keys=tuple(self._cells.keys.take(pa.array(items)).to_pylist()),
            item_factors=factors,
            parameters=parameters,
            is_explicit=is_explicit,
        )

    def recommend(self, level: str, tier: str, model: Model) -> None:
        fitted = self._fitted[model.name]
        mine = np.flatnonzero(self._tiers[fitted.customers] == tier)
        keys = pa.array(model.item_keys, pa.string())

        def work(rows: NDArray[np.int64]) -> list[pa.RecordBatch]:
            return [self._lists(level, model, keys, fitted, rows)]

        rows = [mine[piece] for piece in pieces(len(mine), len(keys))]
        self._write_lists(level, tier, self.pool.map(work, rows))

    def sample(self, level: str, most: int) -> Sample:
        chosen = np.flatnonzero(sample(self.lines.customers.keys, most))
        keys = self.lines.customers.keys.take(pa.array(chosen)).to_numpy(zero_copy_only=False)
        with_values = self.parameters.plan(level).learns_from_values()
        found = self._histories(level, chosen, with_values=with_values)
        histories = replace(found, customers=keys)
        return Sample(histories=histories, keys=self._cells.keys)

    def rank(self, level: str, tier: str, rankers: Rankers, keys: pa.Array) -> None:
        mine = np.flatnonzero(self._tiers == tier)
        histories = self._histories(level, mine)
        customers = self.lines.customers.keys.take(pa.array(mine))

        def work(rows: NDArray[np.int64]) -> list[pa.RecordBatch]:
            few, some = customers.take(pa.array(rows)), histories.take(rows)
            n = self.parameters.list_length
            return list(ranked_batches(few, some, level, rankers, keys=keys, n=n))

        self._write_lists(level, tier, self.pool.map(work, histories.pieces(RANKED_CELLS)))

    def _histories(
        self, level: str, customers: NDArray[np.int64], *, with_values: bool = False
    ) -> Histories:
        events = events_of(self.lines, level, with_values=with_values)
        end = int(self.parameters.as_of.timestamp() * 1e6)
        return histories_of(events, end, customers, self._kept, self._tiers[customers])

    def _write_lists(
        self, level: str, tier: str, found: Iterable[Iterable[pa.RecordBatch]]
    ) -> None:
        folder = self.out / RECOMMENDATIONS
        folder.mkdir(exist_ok=True)
        path = folder / f"{level}-{tier}.parquet"
        with pq.ParquetWriter(path, LIST_SCHEMA) as writer, threadpool_limits(1, "blas"):
            for batches in found:
                for batch in batches:
                    writer.write_batch(batch)

    def _lists(
        self, level: str, model: Model, keys: pa.Array, fitted: _Fitted, rows: NDArray[np.int64]
    ) -> pa.RecordBatch:
        assert model.item_factors is not None  # noqa: S101 - only trained models come here
        customers = fitted.customers[rows]
        bought = self._cells.bought[customers]
        places = fitted.place[bought.indices]
        owner = np.repeat(np.arange(len(rows)), np.diff(bought.indptr))
        scores = fitted.factors[rows] @ model.item_factors.T
        found = lists_of_known(scores, owner, places, self.parameters.list_length)
        names = self.lines.customers.keys.take(pa.array(customers))
        return arrow_lists(names, level, model.name, keys, found)
