"""Moving through tiers and segments: noted once, told by signals after commit, and counted.

docs/how-to/movement.md
"""

from django_clvrec.movement.flips import record_flip
from django_clvrec.movement.recording import record
from django_clvrec.movement.statistics import dwell_times, flows, transitions
from django_clvrec.movement.telling import segment_changed, tier_changed

__all__ = [
    "dwell_times",
    "flows",
    "record",
    "record_flip",
    "segment_changed",
    "tier_changed",
    "transitions",
]
