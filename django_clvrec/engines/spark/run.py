"""The stages of a run on Spark."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from django_clvrec.core.dimensions import DIMENSIONS, VALUE_COLUMNS
from django_clvrec.core.interactions import WEIGHT
from django_clvrec.core.purchases import CUSTOMER, as_floats
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.base import (
    EXPLICIT,
    IMPLICIT,
    RECOMMENDATIONS,
    SCORES,
    Model,
    Parameters,
    Popular,
    als_name,
    too_little,
)
from django_clvrec.engines.batches import (
    SCORE_COLUMNS,
    TIER,
    histories_of_lists,
    list_batches,
    matrix,
    ranked_batches,
    score_batch,
)
from django_clvrec.engines.cohorts import added
from django_clvrec.engines.events import threshold
from django_clvrec.engines.samples import Rankers, Sample
from django_clvrec.engines.spark.context import (
    parallelism,
    set_checkpoints,
    small_frame,
)
from django_clvrec.engines.spark.customers import (
    CELLS_PREFIX,
    COHORTS,
    CUSTOMER_ID,
    EVENTS_PREFIX,
    ITEM_ID,
    counted_demand,
    customers_of,
    fields_of,
    overview_of,
    parts,
)

ONE_PARTITION_ROWS = 5_000_000
"""Up to so many interactions, ALS reads them in one piece, whose order is the same every time."""
BLOCK_ROWS = 5_000_000
"""Interactions in one block of ALS; factors travel once for each block, so few are better."""

CUSTOMERS = "customers"
"""The data set of what is known of each customer before there are scores."""
SCORE_FIELDS = ", ".join([*(f"{name} int" for name in SCORE_COLUMNS), f"{TIER} string"])
LIST_FIELDS = (
    "customer_key string, level string, intent string, model string, "
    "items array<string>, scores array<double>"
)


class SparkRun:
    """The stages of one run on an open session."""

    def __init__(self, session: SparkSession, log: Path, out: Path, parameters: Parameters) -> None:
        self.spark, self.out = session, out
        # executors may not know the names of zones
        self.parameters = replace(parameters, as_of=parameters.as_of.astimezone(UTC))
        self.log = session.read.parquet(str(log))
        self._known: dict[str, np.ndarray[Any, Any]] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        set_checkpoints(session, out / "checkpoints")
        self._parallelism = parallelism(session)

    def _read(self, name: str) -> DataFrame:
        # in the order of their numbers: Spark reads files of one size as they are given to it,
        # and a folder gives them in any order
        files = sorted(str(file) for file in (self.out / name).glob("part-*.parquet"))
        return self.spark.read.parquet(*files)

    def _write(self, frame: DataFrame, name: str, mode: str = "error") -> None:
        frame.write.mode(mode).parquet(str(self.out / name))

    # RFM, scores, tiers

    def value_counts(self) -> dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        self._overview = overview_of(self.log, self.parameters.levels)
        found = customers_of(self.log, self._overview, self.parameters, self._parallelism)
        self._write(found, CUSTOMERS)
        table = self._read(CUSTOMERS)
        counts = {}
        for dimension in DIMENSIONS:
            column = VALUE_COLUMNS[dimension]
            counted = table.groupBy(column).count().toArrow()
            counts[dimension] = (as_floats(counted[column]), counted["count"].to_numpy())
        return counts

    def score(self, scale: Scale) -> dict[str, int]:
        def score_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield score_batch(batch, scale)

        fields = f"{fields_of(self._overview, self.parameters)}, {SCORE_FIELDS}"
        self._write(self._read(CUSTOMERS).mapInArrow(score_batches, fields), SCORES)
        shutil.rmtree(self.out / CUSTOMERS, ignore_errors=True)
        sizes = self._read(SCORES).groupBy("tier").count().collect()
        self._tier_sizes = {row["tier"]: row["count"] for row in sizes}
        return self._tier_sizes

    def cohorts(self) -> pa.Table:
        return added(self._read(SCORES).select(F.inline(COHORTS)).toArrow())

    # recommenders

    def popular(self, level: str) -> list[Popular]:
        self._demand = counted_demand(self._read(SCORES), self._overview, level)
        return self._demand.popular(level, self.parameters)

    def prepare(self, level: str) -> None:
        """Counts what there is to learn from, over all customers and by tier."""
        cells = self._cells(level)
        by_customer = cells.groupBy("tier", CUSTOMER_ID).count()
        found = by_customer.groupBy("tier").agg(F.count("*"), F.sum("count")).collect()
        self._sizes = {tier: (customers, rows) for tier, customers, rows in found}
        totals = np.sum([list(size) for size in self._sizes.values()], axis=0, dtype=int)
        self._sizes[""] = tuple(np.broadcast_to(totals, 2).tolist())

    def _cells(self, level: str) -> DataFrame:
        """`customer_id, item_id, weight, tier` of what a model may learn from."""
        kept = self._demand.bought(self.parameters.min_buyers)
        cells = self._read(SCORES).select(CUSTOMER_ID, "tier", F.inline(CELLS_PREFIX + level))
        if len(kept) < len(self._demand.keys):
            numbers = pa.table({ITEM_ID: pa.array(kept.astype(np.int32))})
            cells = cells.join(small_frame(self.spark, numbers), ITEM_ID, "semi")
        return cells.select(CUSTOMER_ID, ITEM_ID, WEIGHT, "tier").dropna(subset=[WEIGHT])

    def fit(self, level: str, tier: str) -> Model:
        started = time.monotonic()
        name = als_name(tier)
        customers, rows = self._sizes.get(tier, (0, 0))
        untrained = too_little(level, tier, customers, self.parameters)
        if untrained:
            return untrained
        cells = self._cells(level)
        cells = cells.where(F.col("tier") == tier) if tier else cells
        cells = cells.select(CUSTOMER_ID, ITEM_ID, WEIGHT)
        if rows <= ONE_PARTITION_ROWS:
            # one piece, read in the same order every time: equal input and cores, equal factors
            cells = cells.coalesce(1)
        parameters = self.parameters.als[level]
        fitted = self._als(parameters, rows).fit(cells)
        found = fitted.itemFactors.toArrow().sort_by("id")
        ids = found["id"].combine_chunks()
        self._known[name] = ids.to_numpy()
        return Model(
            name=name,
            level=level,
            tier=tier,
            customers=customers,
            interactions=rows,
            seconds=time.monotonic() - started,
            item_keys=tuple(self._demand.keys.take(ids).to_pylist()),
            item_factors=matrix(found["features"]),
            parameters=parameters,
            is_explicit=self.parameters.feedback == EXPLICIT,
        )

    def _als(self, parameters: AlsParameters, rows: int) -> ALS:
        blocks = parts(rows, self._parallelism, BLOCK_ROWS)
        return ALS(
            userCol=CUSTOMER_ID,
            itemCol=ITEM_ID,
            ratingCol=WEIGHT,
            rank=parameters.factors,
            maxIter=parameters.iterations,
            regParam=parameters.regularization,
            alpha=parameters.alpha,
            implicitPrefs=self.parameters.feedback == IMPLICIT,
            seed=parameters.seed,
            numUserBlocks=blocks,
            numItemBlocks=blocks,
        )

    def recommend(self, level: str, tier: str, model: Model) -> None:
        ids = self._known[model.name]
        place = np.full(len(self._demand.keys), -1)
        place[ids] = np.arange(len(ids))
        n = self.parameters.list_length

        def lists(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield from list_batches(batch, level, model, place, n)

        cells = CELLS_PREFIX + level
        customers = self._read(SCORES).where(F.col("tier") == tier)
        customers = customers.select(
            CUSTOMER,
            F.col(f"{cells}.{ITEM_ID}").alias("items"),
            F.col(f"{cells}.{WEIGHT}").alias("weights"),
        )
        self._write(customers.mapInArrow(lists, LIST_FIELDS), RECOMMENDATIONS, "append")

    def sample(self, level: str, most: int) -> Sample:
        kept = self._demand.bought(self.parameters.min_buyers)
        with_values = self.parameters.plan(level).learns_from_values()
        customers = self._with_events(level, with_values=with_values)
        total = sum(self._tier_sizes.values())
        checksum = F.crc32(F.col(CUSTOMER).cast("binary"))
        chosen = customers.where(checksum < threshold(total, most))
        table = chosen.toArrow().sort_by(CUSTOMER).combine_chunks()
        keys = self._demand.keys.take(pa.array(kept))
        batches = table.to_batches()
        batch = batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
        histories = histories_of_lists(batch, self._places(kept), len(kept))
        customers = batch[CUSTOMER].to_numpy(zero_copy_only=False)
        return Sample(histories=replace(histories, customers=customers), keys=keys)

    def rank(self, level: str, tier: str, rankers: Rankers, keys: pa.Array) -> None:
        n, size = self.parameters.list_length, len(keys)
        place = self._places(self._demand.bought(self.parameters.min_buyers))

        def lists(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                histories = histories_of_lists(batch, place, size)
                names = batch[CUSTOMER]
                yield from ranked_batches(names, histories, level, rankers, keys=keys, n=n)

        customers = self._with_events(level).where(F.col("tier") == tier)
        self._write(customers.mapInArrow(lists, LIST_FIELDS), RECOMMENDATIONS, "append")

    def _with_events(self, level: str, *, with_values: bool = False) -> DataFrame:
        events = EVENTS_PREFIX + level
        values = [F.col(f"`{events}`.values").alias("values")] if with_values else []
        return self._read(SCORES).select(
            CUSTOMER,
            "frequency",
            "tier",
            F.col(f"`{events}`.{ITEM_ID}").alias("items"),
            F.col(f"`{events}`.days").alias("days"),
            *values,
        )

    def _places(self, kept: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """By number of an item its position among those that are kept, or -1."""
        place = np.full(len(self._demand.keys), -1)
        place[kept] = np.arange(len(kept))
        return place
