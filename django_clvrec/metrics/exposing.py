"""All metrics as text, of this process or of all that share a folder."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from django_clvrec.metrics.reading import COLLECTOR

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def exposition() -> tuple[bytes, str]:
    """The text and its content type."""
    registry = REGISTRY
    if os.environ.get(FOLDER):
        # what this process holds is a part of what all hold, and is not to be told apart from it
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(COLLECTOR)
    return generate_latest(registry), CONTENT_TYPE_LATEST
