"""A session on a Spark Connect server: no JVM here, and nothing of pyspark's own mode left."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from django_clvrec.engines.spark.context import FASTER, SESSION
from django_clvrec.exceptions import SparkFailed

SCHEME = "sc://"
PORT = 15002
KNOCK_SECONDS = 10
PATIENCE = 5
"""So often a call that was not answered is repeated, in some twenty seconds; pyspark by itself goes
on for ten minutes, and a server that was started anew knows nothing of the session anyway."""
MODE = ("SPARK_CONNECT_MODE_ENABLED", "SPARK_REMOTE", "SPARK_LOCAL_REMOTE")
"""By these variables pyspark decides, for the whole process, which of its two halves works."""


@contextmanager
def connected(url: str, config: Mapping[str, Any]) -> Iterator[SparkSession]:
    """A session on the server at `url`, closed at the end. Raises SparkFailed."""
    before = {name: os.environ.get(name) for name in MODE}
    session = None
    try:
        try:
            _knock(url)
            session = SparkSession.builder.remote(url).create()
            session.client.set_retry_policies([_policy()])
            os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
            for key, value in (SESSION | dict(config)).items():
                session.conf.set(key, str(value))
            for key, value in FASTER.items():
                with suppress(PySparkException):  # servers that others run allow few settings
                    session.conf.set(key, str(value))
        except (PySparkException, OSError) as error:
            raise SparkFailed(
                f"Spark Connect at {url} did not answer: {' '.join(str(error).splitlines()[:2])} "
                'Look at CLVREC["SPARK"]: the address, and `config`, where only settings of a '
                "session can be, for the server has its own."
            ) from error
        yield session
    finally:
        if session is not None:
            with suppress(PySparkException):  # a server that is gone needs no goodbye
                session.stop()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _knock(url: str) -> None:
    """Raise OSError where nobody listens: pyspark itself would try for ten minutes."""
    address = urlsplit(url)
    socket.create_connection((address.hostname or "", address.port or PORT), KNOCK_SECONDS).close()


def _policy() -> Any:
    from pyspark.sql.connect.client.retries import DefaultPolicy  # needs pyspark[connect]

    return DefaultPolicy(max_retries=PATIENCE)
