"""Where a session with a SparkContext and one over Spark Connect differ."""

from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.pandas.types import from_arrow_schema

SESSION = {
    "spark.sql.session.timeZone": "UTC",
}
"""What a session has to be like, whoever opened it."""
FASTER = {
    # any other limit is looked at for every row, which takes nearly half of the way to Python
    # (measured); batches end by their number of rows
    "spark.sql.execution.arrow.maxBytesPerBatch": 2**31 - 1,
}
"""What makes a session faster."""

CONNECT_BLOCKS = 10
"""Blocks of a factorisation where the cluster's size is not told: Spark's own default."""


def set_checkpoints(session: SparkSession, folder: Path) -> None:
    """Cut long lineages by files in `folder`; over Connect the server's own setting counts."""
    if not is_connect(session):
        session.sparkContext.setCheckpointDir(str(folder))


def parallelism(session: SparkSession) -> int:
    """How many tasks the cluster runs at a time, as far as it says."""
    if not is_connect(session):
        return int(session.sparkContext.defaultParallelism)
    return int(session.conf.get("spark.default.parallelism", str(CONNECT_BLOCKS)) or CONNECT_BLOCKS)


def small_frame(session: SparkSession, table: pa.Table) -> DataFrame:
    """A table from the driver, for every task; an empty one too, of which Connect sees no types."""
    if table.num_rows:
        return F.broadcast(session.createDataFrame(table))
    return session.createDataFrame([], from_arrow_schema(table.schema))


def is_connect(session: SparkSession) -> bool:
    """Whether the session talks to a Spark Connect server."""
    return type(session).__module__.startswith("pyspark.sql.connect")
