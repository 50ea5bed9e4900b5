"""What each customer bought at one level: a row per customer, items by number."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from django_clvrec.core.interactions import WEIGHT
from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER, RATING, TIME
from django_clvrec.engines.base import EXPLICIT, Parameters, Popular
from django_clvrec.engines.batches import CUSTOMER_ID, ITEM_ID
from django_clvrec.engines.popular import Counts, Floats, popular_by_tier
from django_clvrec.engines.spark.context import small_frame

CELLS = "cells"
"""Column of the items of a customer, by ascending number, each with what is known of it."""


@dataclass(frozen=True)
class Items:
    """The items of one level; number i stands for key i."""

    keys: list[str]
    """In ascending order."""
    frame: DataFrame
    """Keys and numbers, small enough for every machine."""


def items_of(spark: SparkSession, lines: DataFrame, level: str) -> Items:
    """Numbers for all items of the level, so that only numbers travel afterwards."""
    column = ITEM_PREFIX + level
    found = lines.select(column).dropna().distinct().toArrow()
    keys = sorted(found[column].to_pylist())
    numbers = pa.array(np.arange(len(keys), dtype=np.int32))
    table = pa.table({column: pa.array(keys, pa.string()), ITEM_ID: numbers})
    return Items(keys, small_frame(spark, table))


def baskets_of(
    lines: DataFrame, items: Items, scores: DataFrame, level: str, parameters: Parameters
) -> DataFrame:
    """`customer_id, customer_key, tier, cells`, from lines that lie together by customer."""
    days = parameters.popularity_days
    kept = lines.join(items.frame, ITEM_PREFIX + level).select(
        CUSTOMER, ORDER, ITEM_ID, TIME, RATING
    )
    # the days before the last purchase, so that a quiet month leaves no shelf empty
    last = lines.where(F.col(ITEM_PREFIX + level).isNotNull()).agg(F.max(TIME)).collect()[0][0]
    since = F.lit(last) - F.expr(f"INTERVAL {days} DAYS")
    # an unrated purchase has no explicit weight: it trains nothing, but it is bought
    is_explicit = parameters.feedback == EXPLICIT
    weight: Column = F.avg(RATING) if is_explicit else F.count_distinct(ORDER)
    cells = kept.groupBy(CUSTOMER, ITEM_ID).agg(
        weight.cast("float").alias(WEIGHT),
        (F.max(TIME) > since).alias("is_recent"),
        F.coalesce(F.sum(RATING), F.lit(0.0)).alias("rating_sum"),
        F.count(RATING).cast("int").alias("ratings"),
    )
    cell = F.struct(ITEM_ID, WEIGHT, "is_recent", "rating_sum", "ratings")
    baskets = cells.groupBy(CUSTOMER).agg(F.sort_array(F.collect_list(cell)).alias(CELLS))
    return baskets.join(scores.select(CUSTOMER, CUSTOMER_ID, "tier"), CUSTOMER)


@dataclass(frozen=True)
class Demand:
    """What is known of each item, by tier."""

    items: Items
    tiers: NDArray[np.object_]
    numbers: NDArray[np.int64]
    buyers: Floats
    """Customers who ever bought it; one entry per tier and item, as all that follow."""
    recent: Floats
    rating_sums: Floats
    ratings: Floats

    def bought(self, least: int) -> NDArray[np.int64]:
        """Numbers of the items with at least so many buyers."""
        return np.flatnonzero(self._total(self.buyers, slice(None)) >= least)

    def popular(self, level: str, parameters: Parameters) -> list[Popular]:
        """The best items over all customers and in each tier."""

        def counts(tier: str) -> Counts:
            chosen = self.tiers == tier if tier else slice(None)
            return (
                self._total(self.rating_sums, chosen),
                self._total(self.ratings, chosen),
                self._total(self.recent, chosen),
            )

        return popular_by_tier(level, self.items.keys, counts, parameters)

    def _total(self, column: Floats, chosen: NDArray[np.bool_] | slice) -> Floats:
        size = len(self.items.keys)
        totals = np.bincount(self.numbers[chosen], column[chosen], minlength=size)
        return totals.astype(np.float64)  # without any row they are integers


def demand_of(baskets: DataFrame, items: Items) -> Demand:
    """Counts per item and tier: one row for each comes to the driver, as item factors do."""
    cells = baskets.select("tier", F.inline(CELLS))
    found = (
        cells.groupBy(ITEM_ID, "tier")
        .agg(
            F.count("*").alias("buyers"),
            F.count_if("is_recent").alias("recent"),
            F.sum("rating_sum").alias("rating_sums"),
            F.sum("ratings").alias("ratings"),
        )
        .toArrow()
    )
    columns = ("buyers", "recent", "rating_sums", "ratings")
    return Demand(
        items,
        found["tier"].to_numpy(),
        found[ITEM_ID].to_numpy().astype(np.int64),
        *(found[name].to_numpy().astype(np.float64) for name in columns),
    )
