"""The stages of a run on Spark."""

import time
from collections.abc import Iterator
from datetime import UTC
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml.recommendation import ALS
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import Window

from django_clvrec.core.dimensions import DIMENSIONS, VALUE_COLUMNS
from django_clvrec.core.interactions import ITEM, WEIGHT
from django_clvrec.core.purchases import (
    CUSTOMER,
    ITEM_PREFIX,
    ORDER,
    RATING,
    REVENUE,
    TIME,
    as_floats,
)
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.popularity import rated_popularity
from django_clvrec.core.tiers import TIERS, Scale
from django_clvrec.engines.base import (
    EXPLICIT,
    IMPLICIT,
    RECOMMENDATIONS,
    SCORES,
    Model,
    Parameters,
    Popular,
    als_name,
    nothing_to_learn,
)
from django_clvrec.engines.batches import CUSTOMER_ID, ITEM_ID, list_batch, matrix, score_batch
from django_clvrec.engines.spark.context import parallelism, set_checkpoints

ONE_PARTITION_ROWS = 5_000_000
"""Up to so many interactions, ALS reads them in one piece, whose order is the same every time."""

SCORE_FIELDS = (
    "customer_id int, customer_key string, recency_days int, frequency int, "
    "monetary_value decimal(24,4), age_days int, recency_score int, frequency_score int, "
    "monetary_score int, overall_score int, tier string"
)
LIST_FIELDS = (
    "customer_key string, level string, intent string, model string, "
    "items array<string>, scores array<double>"
)


class SparkRun:
    """The stages of one run on an open session."""

    def __init__(self, session: SparkSession, log: Path, out: Path, parameters: Parameters) -> None:
        self.spark, self.out, self.parameters = session, out, parameters
        self.log = session.read.parquet(str(log))
        self._fitted: dict[tuple[str, str], Any] = {}
        self._item_keys: dict[str, list[str]] = {}
        set_checkpoints(session, out / "checkpoints")

    def _read(self, name: str) -> DataFrame:
        return self.spark.read.parquet(str(self.out / name))

    def _write(self, frame: DataFrame, name: str, mode: str = "error") -> None:
        frame.write.mode(mode).parquet(str(self.out / name))

    # RFM, scores, tiers

    def value_counts(self) -> dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        self._write(self._with_ids(self._rfm()), "rfm")
        table = self._read("rfm")
        counts = {}
        for dimension in DIMENSIONS:
            column = VALUE_COLUMNS[dimension]
            counted = table.groupBy(column).count().toArrow()
            counts[dimension] = (as_floats(counted[column]), counted["count"].to_numpy())
        return counts

    def _rfm(self) -> DataFrame:
        orders = self.log.groupBy(CUSTOMER, ORDER).agg(
            F.min(TIME).alias("first"), F.max(TIME).alias("last"), F.sum(REVENUE).alias(REVENUE)
        )
        today = F.lit(self.parameters.as_of.astimezone(UTC).date())
        return orders.groupBy(CUSTOMER).agg(
            F.date_diff(today, F.to_date(F.max("last"))).alias("recency_days"),
            F.count("*").cast("int").alias("frequency"),
            F.sum(REVENUE).cast("decimal(24,4)").alias("monetary_value"),
            F.date_diff(today, F.to_date(F.min("first"))).alias("age_days"),
        )

    def _with_ids(self, customers: DataFrame) -> DataFrame:
        """Customers numbered 0, 1, … by key: without collecting them, and the same every time."""
        placed = customers.sort(CUSTOMER).withColumn("part", F.spark_partition_id()).cache()
        sizes = {row["part"]: row["count"] for row in placed.groupBy("part").count().collect()}
        offsets, total = [], 0
        for part in sorted(sizes):
            offsets.append((part, total))
            total += sizes[part]
        starts = self.spark.createDataFrame(offsets, "part int, start int")
        within = F.row_number().over(Window.partitionBy("part").orderBy(CUSTOMER)) - 1
        numbered = placed.join(F.broadcast(starts), "part")
        return numbered.withColumn(CUSTOMER_ID, (F.col("start") + within).cast("int")).drop(
            "part", "start"
        )

    def score(self, scale: Scale) -> dict[str, int]:
        def score_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield score_batch(batch, scale)

        self._write(self._read("rfm").mapInArrow(score_batches, SCORE_FIELDS), SCORES)
        sizes = self._read(SCORES).groupBy("tier").count().collect()
        return {row["tier"]: row["count"] for row in sizes}

    # popularity

    def popular(self, level: str) -> list[Popular]:
        lines = self._lines(level).join(self._read(SCORES).select(CUSTOMER, "tier"), CUSTOMER)
        rated = lines.dropna(subset=[RATING])
        if not rated.isEmpty():
            return self._popular(level, rated, self._rated())
        # the days before the last purchase, so that a quiet month leaves no shelf empty
        days = F.expr(f"INTERVAL {self.parameters.popularity_days} DAYS")
        last = lines.agg((F.max(TIME) - days).alias("since"))
        recent = lines.join(F.broadcast(last), F.col(TIME) > F.col("since"))
        return self._popular(level, recent, _buyers())

    def _rated(self) -> Column:
        midpoint = self.parameters.rating_midpoint
        scored = rated_popularity(F.avg(RATING), F.count(RATING), midpoint)
        return scored.cast("double").alias("score")  # type: ignore[no-any-return]

    def _popular(self, level: str, lines: DataFrame, score: Column) -> list[Popular]:
        """The best items over all customers and in each tier; on a tie the smaller key first.

        Newcomers are too few and too varied for a list of their own: theirs is the overall one.
        """
        by_tier = lines.where(F.col("tier").isin(*TIERS)).groupBy("tier", ITEM).agg(score)
        overall = lines.groupBy(ITEM).agg(score).select(F.lit("").alias("tier"), ITEM, "score")
        ranked = Window.partitionBy("tier").orderBy(F.desc("score"), ITEM)
        best = (
            overall.unionByName(by_tier)
            .withColumn("rank", F.row_number().over(ranked))
            .where(F.col("rank") <= self.parameters.list_length)
            .sort("tier", "rank")
            .collect()
        )
        return [
            Popular(
                level=level,
                tier=tier,
                item_keys=tuple(row[ITEM] for row in rows),
                scores=tuple(row["score"] for row in rows),
            )
            for tier, rows in ((t, list(r)) for t, r in groupby(best, key=itemgetter("tier")))
        ]

    def _lines(self, level: str) -> DataFrame:
        item = F.col(ITEM_PREFIX + level)
        return self.log.select(CUSTOMER, ORDER, TIME, RATING, item.alias(ITEM)).dropna(
            subset=[ITEM]
        )

    # interactions

    def prepare(self, level: str) -> None:
        """`interactions-<level>`: customer_id, item_id, weight, and the customer's tier."""
        cells = self._cells(level)
        buyers = cells.groupBy(ITEM).count()
        kept = buyers.where(F.col("count") >= self.parameters.min_buyers).select(ITEM).collect()
        keys = sorted(row[ITEM] for row in kept)
        self._item_keys[level] = keys
        index = self.spark.createDataFrame(
            [(key, number) for number, key in enumerate(keys)], f"{ITEM} string, {ITEM_ID} int"
        )
        customers = self._read(SCORES).select(CUSTOMER, CUSTOMER_ID, "tier")
        numbered = cells.join(F.broadcast(index), ITEM).join(customers, CUSTOMER)
        self._write(
            numbered.select(CUSTOMER_ID, ITEM_ID, F.col(WEIGHT).cast("float"), "tier"),
            f"interactions-{level}",
        )

    def _cells(self, level: str) -> DataFrame:
        lines = self._lines(level)
        # an unrated purchase has no weight: it trains nothing, but it is bought
        explicit = self.parameters.feedback == EXPLICIT
        weight = F.avg(RATING) if explicit else F.count_distinct(ORDER)
        return lines.groupBy(CUSTOMER, ITEM).agg(weight.alias(WEIGHT))

    # ALS

    def fit(self, level: str, tier: str) -> Model:
        started = time.monotonic()
        name = als_name(tier)
        cells = self._read(f"interactions-{level}")
        cells = cells.where(F.col("tier") == tier) if tier else cells
        cells = cells.dropna(subset=[WEIGHT])
        [(rows, customers)] = cells.agg(F.count("*"), F.count_distinct(CUSTOMER_ID)).collect()
        if not rows:
            return nothing_to_learn(level, tier)
        # one sorted piece: equal input, equal factors
        pieces = cells.coalesce(1) if rows <= ONE_PARTITION_ROWS else cells
        ordered = pieces.select(CUSTOMER_ID, ITEM_ID, WEIGHT).sortWithinPartitions(
            CUSTOMER_ID, ITEM_ID
        )
        parameters = self.parameters.als[level]
        fitted = self._als(parameters).fit(ordered)
        found = fitted.itemFactors.toArrow().sort_by("id")
        keys = self._item_keys[level]
        ids = found["id"].to_pylist()
        self._fitted[level, name] = (fitted.userFactors, ids)
        return Model(
            name=name,
            level=level,
            tier=tier,
            customers=customers,
            interactions=rows,
            seconds=time.monotonic() - started,
            item_keys=tuple(keys[number] for number in ids),
            item_factors=matrix(found["features"]),
            parameters=parameters,
            is_explicit=self.parameters.feedback == EXPLICIT,
        )

    def _als(self, parameters: AlsParameters) -> ALS:
        blocks = parallelism(self.spark)
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
        customers = self._read(SCORES).where(F.col("tier") == tier)
        cells = self._read(f"interactions-{level}").where(F.col("tier") == tier)
        bought = cells.groupBy(CUSTOMER_ID).agg(F.collect_set(ITEM_ID).alias("bought"))
        user_factors, ids = self._fitted[level, model.name]
        frame = (
            user_factors.withColumnRenamed("id", CUSTOMER_ID)
            .join(customers.select(CUSTOMER_ID, CUSTOMER), CUSTOMER_ID)
            .join(bought, CUSTOMER_ID)
            .select(CUSTOMER, "features", "bought")
        )
        place = np.full(len(self._item_keys[level]), -1)
        place[ids] = np.arange(len(ids))
        n = self.parameters.list_length

        def list_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield list_batch(batch, level, model, place, n)

        self._write(frame.mapInArrow(list_batches, LIST_FIELDS), RECOMMENDATIONS, "append")


def _buyers() -> Column:
    return F.count_distinct(CUSTOMER).cast("double").alias("score")
