"""The read side: the best answer that can be given now, and how it was found."""

from django_clvrec.serving.answers import DEFAULT_N, Answer, AnswerSource, RecommendedItem
from django_clvrec.serving.request import recommend
from django_clvrec.serving.stored import live_snapshot_id, tier_in, tier_of

__all__ = [
    "DEFAULT_N",
    "Answer",
    "AnswerSource",
    "RecommendedItem",
    "live_snapshot_id",
    "recommend",
    "tier_in",
    "tier_of",
]
