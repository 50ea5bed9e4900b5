"""Customers out of what refreshes left: rows of snapshots, rows of arrays, history."""

from django_clvrec.forgetting.arrays import has_customers, without_keys
from django_clvrec.forgetting.rows import (
    ARRAYS,
    HISTORY,
    OF_SNAPSHOTS,
    forget_erased,
    forget_history,
    forget_in_snapshots,
)

__all__ = [
    "ARRAYS",
    "HISTORY",
    "OF_SNAPSHOTS",
    "forget_erased",
    "forget_history",
    "forget_in_snapshots",
    "has_customers",
    "without_keys",
]
