"""From lines to customers on Spark: one row each, with RFM and what was bought at every level.

The lines of a customer travel to one place once; there they are arrays, and what `local` does
with all customers is done with those of one partition after the other.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from django_clvrec.core.evaluation.folds import Events, histories_of
from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER, RATING, REVENUE, TIME
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.engines.base import EXPLICIT, Parameters
from django_clvrec.engines.cohorts import cohorts_of
from django_clvrec.engines.demand import Demand
from django_clvrec.engines.events import events_of
from django_clvrec.engines.lines import Lines
from django_clvrec.engines.pairs import Pairs, pairs_of, since
from django_clvrec.engines.rfm import days_held, rfm_of, with_days

PART_ROWS = 500_000
"""Lines in one partition, about, so that what is computed from them fits into memory."""
SMALL_ROWS = 50_000
"""Up to so many rows one task is faster than several."""
BATCH_ROWS = 10_000
"""Customers handed back to Spark at a time."""

CUSTOMER_ID, ITEM_ID, PART = "customer_id", "item_id", "part"
CELLS_PREFIX = "cells_"
"""Columns of the items of a customer at one level, by ascending number."""
EVENTS_PREFIX = "events_"
"""Columns of what was bought at one level: one entry for each order and item in it.

They are there where a recommender needs to know when something was bought, with revenue where one
learns from it.
"""
CELL = "item_id: int, weight: float, is_recent: boolean"
RATED_CELL = f"{CELL}, rating_sum: double, ratings: int"
"""Where no line has a rating, nothing is moved in its place."""
EVENT = "item_id: array<int>, days: array<float>"
PAID_EVENT = f"{EVENT}, values: array<float>"
RFM_FIELDS = (
    "customer_key string, recency_days int, frequency int, monetary_value decimal(24,4), "
    "age_days int, order_days int, past_order_days int, past_days int, past_value double, "
    "same_order_days int, same_value double"
)

COHORTS = "cohorts"
"""A column for all customers of a partition: it stands at the first of them."""
COHORT_CELLS = (
    "array<struct<cohort: int, month: int, customers: bigint, orders: bigint, revenue: double>>"
)

Work = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def parts(rows: int, parallelism: int, most: int = PART_ROWS) -> int:
    """How many partitions of about `most` rows at most suit, on two cores or two hundred."""
    return 1 if rows <= SMALL_ROWS else max(parallelism, -(-rows // most))


@dataclass(frozen=True)
class Overview:
    """What has to be known of the whole log before its parts are looked at."""

    lines: int
    first: int
    """When anything was bought first, in microseconds since 1970."""
    has_ratings: bool
    last: Mapping[str, int]
    """When an item of each level was bought last, in microseconds since 1970."""
    keys: Mapping[str, pa.Array]
    """The items of each level in ascending order; number i stands for key i."""


def overview_of(log: DataFrame, levels: tuple[str, ...]) -> Overview:
    """One pass over the log for each level."""
    last, keys, lines, ratings, first = {}, {}, 0, 0, 0
    for level in levels:
        counted = log.groupBy(F.col(ITEM_PREFIX + level).alias("key")).agg(
            F.count("*").alias("lines"),
            F.count(RATING).alias("ratings"),
            F.unix_micros(F.max(TIME)).alias("last"),
            F.unix_micros(F.min(TIME)).alias("first"),
        )
        found = counted.toArrow().sort_by("key")
        lines, ratings = (pc.sum(found[name]).as_py() or 0 for name in ("lines", "ratings"))
        first = pc.min(found["first"]).as_py() or 0
        items = found.filter(pc.is_valid(found["key"]))
        last[level] = pc.max(items["last"]).as_py() or 0
        keys[level] = items["key"].combine_chunks().cast(pa.string())
    return Overview(lines, first, ratings > 0, last, keys)


def customers_of(
    log: DataFrame, overview: Overview, parameters: Parameters, parallelism: int
) -> DataFrame:
    """`customer_id`, RFM and one column of cells per level, of every customer.

    Numbers of customers are distinct, but neither ordered nor without gaps, and others where there
    are more cores.
    """
    size = parts(overview.lines, parallelism)
    columns = [CUSTOMER, ORDER, TIME, REVENUE]
    columns += [RATING] if overview.has_ratings else []
    columns += [ITEM_PREFIX + level for level in parameters.levels]
    lines = log.select(columns).repartition(size, CUSTOMER)
    return lines.withColumn(PART, F.spark_partition_id()).mapInArrow(
        _gathering(overview, parameters, size), fields_of(overview, parameters)
    )


def fields_of(overview: Overview, parameters: Parameters) -> str:
    """The columns of `customers_of`, in Spark's words."""
    cell = RATED_CELL if overview.has_ratings else CELL
    cells = [f"`{CELLS_PREFIX}{level}` array<struct<{cell}>>" for level in parameters.levels]
    events = [
        f"`{EVENTS_PREFIX}{level}` struct<{PAID_EVENT if with_values else EVENT}>"
        for level, with_values in _levels_with_events(parameters).items()
    ]
    known = [f"{CUSTOMER_ID} int", RFM_FIELDS, f"{COHORTS} {COHORT_CELLS}"]
    return ", ".join([*known, *cells, *events])


def _levels_with_events(parameters: Parameters) -> dict[str, bool]:
    """And whether they have values there."""
    plans = {level: parameters.plan(level) for level in parameters.levels}
    return {
        level: plan.learns_from_values()
        for level, plan in plans.items()
        if not all(plan.is_factorised(tier) for tier in (NEW, *TIERS))
    }


def _gathering(overview: Overview, parameters: Parameters, size: int) -> Work:
    """What is done with the lines of one partition."""
    is_explicit, with_events = parameters.feedback == EXPLICIT, _levels_with_events(parameters)
    # what travels to executors: a shop's own recommenders need not be importable there for this
    parameters = replace(parameters, own={}, plans={})
    as_of = parameters.as_of
    held = days_held(overview.first, as_of, parameters.horizon_days)

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        taken = [batch for batch in batches if len(batch)]
        if not taken:
            return
        table = pa.Table.from_batches(taken)
        if not overview.has_ratings:
            table = table.append_column(RATING, pa.nulls(len(table), pa.float64()))
        lines = Lines(table.column)
        found = with_days(rfm_of(lines, as_of), lines, as_of, held)
        found = found.append_column(COHORTS, _at_the_first(cohorts_of(lines), len(found)))
        # numbers of one partition leave room for those of the others
        ids = np.arange(len(found), dtype=np.int64) * size + table[PART][0].as_py()
        found = found.add_column(0, CUSTOMER_ID, pa.array(ids, pa.int32()))
        for level in parameters.levels:
            items = lines.items(level).among(overview.keys[level])
            begin = since(overview.last[level], parameters.popularity_days)
            pairs = pairs_of(lines, items, begin, is_explicit)
            found = found.append_column(
                CELLS_PREFIX + level, _lists(pairs, len(found), has_ratings=overview.has_ratings)
            )
        for level, with_values in with_events.items():
            numbered = _numbered(lines, overview.keys[level], level, with_values=with_values)
            events = _events(numbered, as_of, len(found))
            found = found.append_column(EVENTS_PREFIX + level, events)
        yield from found.combine_chunks().to_batches(BATCH_ROWS)

    return work


def _at_the_first(cells: pa.Table, customers: int) -> pa.Array:
    """A list of all rows for the first customer, and empty ones for the others."""
    ends = np.full(customers + 1, len(cells), dtype=np.int32)
    ends[0] = 0
    return pa.ListArray.from_arrays(pa.array(ends), cells.to_struct_array().combine_chunks())


def _lists(pairs: Pairs, customers: int, *, has_ratings: bool) -> pa.Array:
    """For each customer a list of what is known of each item."""
    ends = np.cumsum(np.bincount(pairs.customers, minlength=customers))
    known = {
        ITEM_ID: pa.array(pairs.items),
        "weight": pa.array(pairs.weights, from_pandas=True),
        "is_recent": pa.array(pairs.is_recent),
    }
    if has_ratings:
        known["rating_sum"] = pa.array(pairs.rating_sums)
        known["ratings"] = pa.array(pairs.ratings)
    cells = pa.StructArray.from_arrays(list(known.values()), names=list(known))
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), cells)


def _numbered(lines: Lines, keys: pa.Array, level: str, *, with_values: bool) -> Events:
    """The events of one partition, with the numbers that items have in all of them."""
    items = lines.items(level).among(keys)
    found = events_of(lines, level, with_values=with_values)
    return replace(found, items=items.numbers, item_count=len(keys))


def _events(numbered: Events, as_of: datetime, customers: int) -> pa.Array:
    """For each customer the items and days of all orders, and what they brought where that is
    known, as lists of equal length."""
    found = histories_of(
        numbered,
        int(as_of.timestamp() * 1e6),
        np.arange(customers),
        np.arange(numbered.item_count),
        np.full(customers, NEW),
    )
    columns = {ITEM_ID: found.items, "days": found.days, "values": found.values}
    offsets = pa.array(found.starts, pa.int32())
    lists = {
        name: pa.ListArray.from_arrays(offsets, pa.array(one))
        for name, one in columns.items()
        if one is not None
    }
    return pa.StructArray.from_arrays([*lists.values()], names=[*lists])


def counted_demand(customers: DataFrame, overview: Overview, level: str) -> Demand:
    """Counts per item and tier: one row for each comes to the driver, as item factors do."""
    counts = [F.count("*").alias("buyers"), F.count_if("is_recent").alias("recent")]
    if overview.has_ratings:
        counts += [F.sum("rating_sum").alias("rating_sums"), F.sum("ratings").alias("ratings")]
    cells = customers.select("tier", F.inline(CELLS_PREFIX + level))
    found = cells.groupBy(ITEM_ID, "tier").agg(*counts).toArrow()
    if not overview.has_ratings:
        for name in ("rating_sums", "ratings"):
            found = found.append_column(name, pa.repeat(0.0, len(found)))
    columns = ("buyers", "recent", "rating_sums", "ratings")
    return Demand(
        keys=overview.keys[level],
        tiers=found["tier"].to_numpy(),
        numbers=found[ITEM_ID].to_numpy().astype(np.int64),
        **{name: found[name].to_numpy().astype(np.float64) for name in columns},
    )
