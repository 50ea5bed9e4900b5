"""Metrics for Prometheus, where the setting METRICS turns them on and its client is installed.

What happens in a process is counted there; what refreshes left in the database is read when
somebody asks. Everything is registered with the client's own registry, so that it appears too
where the host exposes that already. docs/how-to/monitoring.md
"""

from importlib.util import find_spec
from typing import Any

from django.core.signals import setting_changed

from django_clvrec import tally
from django_clvrec.conf import get_config

__all__ = ["connect", "is_installed", "is_on"]


def is_installed() -> bool:
    return find_spec("prometheus_client") is not None


def is_on() -> bool:
    """Whether METRICS is set, and the client there. A setting that is wrong turns nothing on:
    `check` complains of it, for which the app must start."""
    try:
        return get_config()["METRICS"] is not None and is_installed()
    except (TypeError, ValueError):  # CLVREC is no dict
        return False


def connect(*, setting: str = "CLVREC", **_: Any) -> None:
    """Count where that is wanted; else the client is not even imported."""
    if setting != "CLVREC":
        return
    if not is_on():
        tally.TAKERS.clear()
        return
    from django_clvrec.metrics import counting, reading

    reading.register()
    tally.TAKERS[:] = [counting.take]


setting_changed.connect(connect, dispatch_uid="clvrec.metrics")
