"""The read side: the best answer that can be given now, and how it was found."""

from django_clvrec.serving.answers import DEFAULT_N, Answer, AnswerSource, RecommendedItem
from django_clvrec.serving.asking import source_of, told_by
from django_clvrec.serving.awaited import (
    acustomer_bought,
    arecommend,
    arecommend_for,
    arelated,
    asegment_for,
    asegment_of,
    atier_for,
    atier_of,
)
from django_clvrec.serving.related import related
from django_clvrec.serving.relatives import every_related
from django_clvrec.serving.request import recommend
from django_clvrec.serving.standby import emptied, nothing_standby, popular_standby
from django_clvrec.serving.stored import live_snapshot_id
from django_clvrec.serving.tiers import customer_bought, segment_of, tier_of
from django_clvrec.serving.visitors import (
    known_customer,
    recommend_for,
    segment_for,
    shelf_key,
    tier_for,
)

__all__ = [
    "DEFAULT_N",
    "Answer",
    "AnswerSource",
    "RecommendedItem",
    "acustomer_bought",
    "arecommend",
    "arecommend_for",
    "arelated",
    "asegment_for",
    "asegment_of",
    "atier_for",
    "atier_of",
    "customer_bought",
    "emptied",
    "every_related",
    "known_customer",
    "live_snapshot_id",
    "nothing_standby",
    "popular_standby",
    "recommend",
    "recommend_for",
    "related",
    "segment_for",
    "segment_of",
    "shelf_key",
    "source_of",
    "tier_for",
    "tier_of",
    "told_by",
]
