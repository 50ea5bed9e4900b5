"""The read side: the best answer that can be given now, and how it was found."""

from django_clvrec.serving.answers import DEFAULT_N, Answer, AnswerSource, RecommendedItem
from django_clvrec.serving.asking import source_of, told_by
from django_clvrec.serving.related import related
from django_clvrec.serving.relatives import every_related
from django_clvrec.serving.request import recommend
from django_clvrec.serving.standby import emptied, nothing_standby, popular_standby
from django_clvrec.serving.stored import live_snapshot_id
from django_clvrec.serving.tiers import customer_bought, segment_of, tier_of

__all__ = [
    "DEFAULT_N",
    "Answer",
    "AnswerSource",
    "RecommendedItem",
    "customer_bought",
    "emptied",
    "every_related",
    "live_snapshot_id",
    "nothing_standby",
    "popular_standby",
    "recommend",
    "related",
    "segment_of",
    "source_of",
    "tier_of",
    "told_by",
]
