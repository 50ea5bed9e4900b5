"""What a refresh leaves behind, what admins keep, and what visitors did.

Customers and items are opaque keys, never foreign keys to the host's models: any primary key
fits, and migrations never depend on the host.
"""

from django_clvrec.models.choices import (
    KEY_LENGTH,
    LABEL_LENGTH,
    LEVEL_LENGTH,
    SEGMENT_LENGTH,
    Intent,
    Tier,
)
from django_clvrec.models.customers import CustomerScore, CustomerScoreQuerySet
from django_clvrec.models.experiments import Experiment
from django_clvrec.models.exploration import BanditArm
from django_clvrec.models.feedback import Feedback, ShownList
from django_clvrec.models.groups import CustomerGroup
from django_clvrec.models.lists import ItemList, PopularItems, Recommendation
from django_clvrec.models.movement import CurrentTier, SegmentChange, TierChange
from django_clvrec.models.privacy import Erasure
from django_clvrec.models.quarantine import Quarantine
from django_clvrec.models.rules import MerchandisingRule
from django_clvrec.models.segments import SegmentTable, segment_label
from django_clvrec.models.snapshots import (
    OfSnapshotQuerySet,
    Snapshot,
    SnapshotArray,
    SnapshotQuerySet,
    SourceState,
    is_private,
    write_database,
)

__all__ = [
    "KEY_LENGTH",
    "LABEL_LENGTH",
    "LEVEL_LENGTH",
    "SEGMENT_LENGTH",
    "BanditArm",
    "CurrentTier",
    "CustomerGroup",
    "CustomerScore",
    "CustomerScoreQuerySet",
    "Erasure",
    "Experiment",
    "Feedback",
    "Intent",
    "ItemList",
    "MerchandisingRule",
    "OfSnapshotQuerySet",
    "PopularItems",
    "Quarantine",
    "Recommendation",
    "SegmentChange",
    "SegmentTable",
    "ShownList",
    "Snapshot",
    "SnapshotArray",
    "SnapshotQuerySet",
    "SourceState",
    "Tier",
    "TierChange",
    "is_private",
    "segment_label",
    "write_database",
]
