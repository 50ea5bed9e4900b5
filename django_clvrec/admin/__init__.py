"""Admin pages: customers and how they move, snapshots, and rules of the shop window."""

from django_clvrec.admin.customers import CustomerScoreAdmin
from django_clvrec.admin.movement import TierChangeAdmin
from django_clvrec.admin.rules import MerchandisingRuleAdmin
from django_clvrec.admin.snapshots import SnapshotAdmin

__all__ = ["CustomerScoreAdmin", "MerchandisingRuleAdmin", "SnapshotAdmin", "TierChangeAdmin"]
