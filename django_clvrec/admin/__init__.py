"""Admin pages: customers with scores and tiers, and snapshots."""

from django_clvrec.admin.customers import CustomerScoreAdmin
from django_clvrec.admin.snapshots import SnapshotAdmin

__all__ = ["CustomerScoreAdmin", "SnapshotAdmin"]
