"""Customers on Spark: the lines of each together, RFM, and numbers in the order of keys."""

from collections.abc import Iterator
from datetime import UTC

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER, RATING, REVENUE, TIME
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.batches import CUSTOMER_ID, RFM_COLUMNS

PART_ROWS = 1_000_000
"""Lines in one partition, at most, so that what is computed from them fits into memory."""
SMALL_ROWS = 50_000
"""Up to so many rows one task is faster than several."""
RFM_FIELDS = (
    "customer_id int, customer_key string, recency_days int, frequency int, "
    "monetary_value decimal(24,4), age_days int"
)


def parts(rows: int, parallelism: int, most: int = PART_ROWS) -> int:
    """How many partitions of at most `most` rows suit, on two cores or two hundred."""
    return 1 if rows <= SMALL_ROWS else max(parallelism, -(-rows // most))


def lines_by_customer(log: DataFrame, parameters: Parameters, parallelism: int) -> DataFrame:
    """The columns that are needed, read and moved once: all lines of a customer in one place."""
    items = [ITEM_PREFIX + level for level in parameters.levels]
    lines = log.select(CUSTOMER, ORDER, TIME, REVENUE, RATING, *items)
    return lines.repartition(parts(log.count(), parallelism), CUSTOMER)


def rfm_of(lines: DataFrame, parameters: Parameters) -> DataFrame:
    """Recency, frequency, monetary value and age of each customer."""
    orders = lines.groupBy(CUSTOMER, ORDER).agg(
        F.min(TIME).alias("first"), F.max(TIME).alias("last"), F.sum(REVENUE).alias(REVENUE)
    )
    today = F.lit(parameters.as_of.astimezone(UTC).date())
    return orders.groupBy(CUSTOMER).agg(
        F.date_diff(today, F.to_date(F.max("last"))).alias("recency_days"),
        F.count("*").cast("int").alias("frequency"),
        F.sum(REVENUE).cast("decimal(24,4)").alias("monetary_value"),
        F.date_diff(today, F.to_date(F.min("first"))).alias("age_days"),
    )


def numbered(placed: DataFrame) -> DataFrame:
    """Rows of a sorted, cached frame numbered 0, 1, … without collecting them."""
    placed = placed.withColumn("part", F.spark_partition_id())
    sizes = {row["part"]: row["count"] for row in placed.groupBy("part").count().collect()}
    starts, total = {}, 0
    for part in sorted(sizes):
        starts[part] = total
        total += sizes[part]

    def number(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        start = None
        for batch in batches:
            if not len(batch):
                continue
            start = starts[batch["part"][0].as_py()] if start is None else start
            ids = pa.array(np.arange(start, start + len(batch), dtype=np.int32))
            start += len(batch)
            columns = {name: batch[name] for name in RFM_COLUMNS if name != CUSTOMER_ID}
            yield pa.RecordBatch.from_pydict({CUSTOMER_ID: ids, **columns})

    return placed.mapInArrow(number, RFM_FIELDS)
