"""Spark, embedded or on a cluster: the only folder that imports pyspark."""

import warnings

warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)

from django_clvrec.engines.spark.session import SparkEngine, stop  # noqa: E402

__all__ = ["SparkEngine", "stop"]
