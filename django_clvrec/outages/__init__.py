"""What keeps a page up while the database or the cache is away: answers within a time, and rest.

An answer that the database owes is waited for SERVING_SECONDS, then the connection is cut and
something else is shown. Who has just failed is left alone for a few seconds; then one request at a
time finds out whether it is back. docs/how-to/production.md
"""

from django_clvrec.outages.breaker import REST_SECONDS, Breaker
from django_clvrec.outages.budget import unhurried
from django_clvrec.outages.guard import (
    AWAY,
    READING,
    RECORDING,
    VISITORS,
    StillMaking,
    has_time,
    served,
)

__all__ = [
    "AWAY",
    "READING",
    "RECORDING",
    "REST_SECONDS",
    "VISITORS",
    "Breaker",
    "StillMaking",
    "has_time",
    "served",
    "unhurried",
]
