"""The shape of answers, for the description of the API; views build dicts, which is faster."""

from typing import Any

from rest_framework import serializers

from django_clvrec.core.ranking import INTENTS
from django_clvrec.models import Tier
from django_clvrec.serving import AnswerSource

TOLD = [one.value for one in AnswerSource if one != AnswerSource.POPULAR_IN_TIER]
"""What visitors are told of where a list comes from."""


class Fault(serializers.Serializer[Any]):
    """What is wrong, and what to do."""

    detail = serializers.CharField()


class Reason(serializers.Serializer[Any]):
    """The item for which another one is recommended."""

    key = serializers.CharField()
    name = serializers.CharField()


class Item(serializers.Serializer[Any]):
    """One recommended item."""

    key = serializers.CharField()
    rank = serializers.IntegerField(min_value=1)
    name = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_null=True)
    because = Reason(required=False)


class ItemList(serializers.Serializer[Any]):
    """A list for a visitor, with the token by which it is reported."""

    level = serializers.CharField()
    intent = serializers.ChoiceField(choices=INTENTS)
    source = serializers.ChoiceField(choices=TOLD)  # type: ignore[assignment]
    reason = serializers.CharField(allow_blank=True)
    results = Item(many=True)
    list = serializers.CharField(allow_blank=True)


class ScoredItem(Item):
    """One recommended item, with its score."""

    score = serializers.FloatField()


class CustomerList(serializers.Serializer[Any]):
    """What one customer is shown."""

    level = serializers.CharField()
    intent = serializers.ChoiceField(choices=INTENTS)
    source = serializers.ChoiceField(choices=[one.value for one in AnswerSource])  # type: ignore[assignment]
    reason = serializers.CharField(allow_blank=True)
    results = ScoredItem(many=True)


class Event(serializers.Serializer[Any]):
    """What came into view, or was clicked."""

    list = serializers.CharField(help_text="The token of the list.")
    kind = serializers.ChoiceField(choices=("shown", "clicked"))
    item = serializers.CharField(required=False, help_text="Of a click, the key of the item.")


class EventBatch(serializers.Serializer[Any]):
    """At most 100 events."""

    events = Event(many=True)


class Counted(serializers.Serializer[Any]):
    """How many events were counted, and how many were not, by the reason."""

    accepted = serializers.IntegerField(min_value=0)
    ignored = serializers.DictField(child=serializers.IntegerField(min_value=1))


class TierMeans(serializers.Serializer[Any]):
    """Size and means of a tier."""

    tier = serializers.ChoiceField(choices=Tier.choices)
    customers = serializers.IntegerField(min_value=0)
    revenue = serializers.FloatField()
    recency_days = serializers.FloatField(allow_null=True)
    frequency = serializers.FloatField(allow_null=True)
    monetary_value = serializers.FloatField(allow_null=True)
    revenue_share = serializers.FloatField(allow_null=True)


class Board(serializers.Serializer[Any]):
    """Who serves, by level, intent and tier, and what each recommender reached."""

    served = serializers.DictField()
    results = serializers.ListField(child=serializers.DictField())


class Erased(serializers.Serializer[Any]):
    """How many rows of what were removed; nothing for who was not known."""

    rows = serializers.DictField(child=serializers.IntegerField(min_value=1))


class Held(serializers.Serializer[Any]):
    """All that is held about one customer: by part, rows as they are stored."""

    customer = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    told_at = serializers.DateTimeField()
    about = serializers.CharField()
    scores = serializers.ListField(child=serializers.DictField())
    lists = serializers.ListField(child=serializers.DictField())
    tiers_by_now = serializers.ListField(child=serializers.DictField())
    tier_changes = serializers.ListField(child=serializers.DictField())
    segment_changes = serializers.ListField(child=serializers.DictField())
    shown_lists = serializers.ListField(child=serializers.DictField())
    feedback = serializers.ListField(child=serializers.DictField())
    groups = serializers.ListField(child=serializers.DictField())
    erasures = serializers.ListField(child=serializers.DictField())
