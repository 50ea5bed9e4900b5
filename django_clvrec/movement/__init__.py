"""Moving through tiers and segments: noted once, told by signals after commit, and counted.

docs/how-to/movement.md
"""

from django_clvrec.movement.flips import record_flip
from django_clvrec.movement.recording import record
from django_clvrec.movement.telling import segment_changed, tier_changed

__all__ = ["record", "record_flip", "segment_changed", "tier_changed"]
