"""Admin pages: customers, segments and how customers move, snapshots, rules of the shop window,
exploration, experiments."""

from django_clvrec.admin.customers import CustomerScoreAdmin
from django_clvrec.admin.experiments import ExperimentAdmin
from django_clvrec.admin.exploration import BanditArmAdmin
from django_clvrec.admin.movement import SegmentChangeAdmin, TierChangeAdmin
from django_clvrec.admin.quarantine import QuarantineAdmin
from django_clvrec.admin.rules import MerchandisingRuleAdmin
from django_clvrec.admin.segments import SegmentTableAdmin
from django_clvrec.admin.snapshots import SnapshotAdmin

__all__ = [
    "BanditArmAdmin",
    "CustomerScoreAdmin",
    "ExperimentAdmin",
    "MerchandisingRuleAdmin",
    "QuarantineAdmin",
    "SegmentChangeAdmin",
    "SegmentTableAdmin",
    "SnapshotAdmin",
    "TierChangeAdmin",
]
