"""What goes in and what comes out. Visitors get neither tier nor score nor spend."""

from math import isfinite
from typing import Any

from django.db.models import F
from django.urls import NoReverseMatch
from rest_framework import serializers

from django_clvrec.api.pages import Pages, SnapshotPages
from django_clvrec.conf import get_config
from django_clvrec.core.ranking import DISCOVER, INTENTS
from django_clvrec.core.recommenders.relations import RELATIONS
from django_clvrec.models import KEY_LENGTH, LEVEL_LENGTH, CustomerScore, Snapshot, Tier
from django_clvrec.pseudonyms import searched
from django_clvrec.serving import RecommendedItem
from django_clvrec.sources import get_source, registered

MOST_KEYS = 200
"""Item keys in one request."""


def keys_of(text: str) -> list[str]:
    """Keys with commas between them. Raises ValidationError for too many or too long ones."""
    keys = [key for key in text.split(",") if key]
    if len(keys) > MOST_KEYS:
        raise serializers.ValidationError(f"At most {MOST_KEYS}.")
    if any(len(key) > KEY_LENGTH for key in keys):
        raise serializers.ValidationError(f"At most {KEY_LENGTH} characters each.")
    return keys


def finite(value: float) -> float:
    """Databases do not agree on other numbers. Raises ValidationError."""
    if not isfinite(value):
        raise serializers.ValidationError("A number is needed.")
    return value


def known_level(attrs: dict[str, Any], source: str | None) -> dict[str, Any]:
    """`attrs`, if `source` has the level that is asked for. Raises ValidationError."""
    levels = get_source(source).levels
    if attrs.get("level", levels[0]) not in levels:
        raise serializers.ValidationError({"level": [f"Use one of {', '.join(levels)}."]})
    return attrs


class SourceQuery(serializers.Serializer[Any]):
    """Which of the shop's sources is asked; the first one by default."""

    source = serializers.CharField(  # type: ignore[assignment]
        max_length=KEY_LENGTH, required=False, help_text="A purchase source; the first by default."
    )

    def validate_source(self, value: str) -> str:
        if value not in registered():
            raise serializers.ValidationError(f"There is no source {value!r}.")
        return value


class PopularQuery(serializers.Serializer[Any]):
    """Parameters of `popular/`.

    Visitors cannot choose a source: their key may be somebody else's in another one.
    """

    level = serializers.CharField(
        max_length=LEVEL_LENGTH,
        required=False,
        help_text="What is recommended, such as product; the source's first level by default.",
    )
    n = serializers.IntegerField(
        required=False, min_value=1, help_text="Length of the list, up to LIST_LENGTH."
    )

    def validate_n(self, value: int) -> int:
        if value > get_config()["LIST_LENGTH"]:
            raise serializers.ValidationError(f"At most {get_config()['LIST_LENGTH']}.")
        return value

    exclude = serializers.CharField(
        required=False, help_text="Item keys with commas between, which are not to be in the list."
    )

    def validate_exclude(self, value: str) -> list[str]:
        return keys_of(value)


class RecommendationsQuery(PopularQuery):
    """Parameters of `recommendations/`."""

    intent = serializers.ChoiceField(choices=INTENTS, required=False, default=DISCOVER)
    explain = serializers.BooleanField(
        required=False, help_text="Say for which purchase each item is recommended."
    )


class RelatedQuery(PopularQuery):
    """Parameters of `related/`."""

    items = serializers.CharField(
        help_text="Keys of the items on the page or in the basket, with commas between."
    )
    relation = serializers.ChoiceField(choices=RELATIONS, required=False)

    def validate_items(self, value: str) -> list[str]:
        return keys_of(value)


class InterestsQuery(RecommendationsQuery):
    """The body of `interests/`. Staff who may look may ask for any customer."""

    items = serializers.ListField(
        child=serializers.CharField(max_length=KEY_LENGTH), max_length=MOST_KEYS, allow_empty=False
    )
    exclude = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(max_length=KEY_LENGTH), max_length=MOST_KEYS, required=False
    )
    customer = serializers.CharField(max_length=KEY_LENGTH, required=False)
    explain = None  # type: ignore[assignment]  # what was chosen is the reason

    def validate_exclude(self, value: list[str]) -> list[str]:  # type: ignore[override]
        return value


class EraseQuery(SourceQuery):
    """Parameters of `DELETE customers/{key}/`."""

    stays_out = serializers.BooleanField(required=False, default=False)
    """The customer objects: orders may stay in the shop, but are not learnt from."""


class StaffRecommendationsQuery(SourceQuery, RecommendationsQuery):
    """Parameters of `customers/{key}/recommendations/`."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return known_level(attrs, attrs.get("source"))


ORDERINGS = {
    # who has no forecast comes last either way, whatever the database thinks of nulls
    "clv": F("clv").asc(nulls_last=True),
    "-clv": F("clv").desc(nulls_last=True),
    "customer_key": F("customer_key").asc(),
    "overall_score": F("overall_score").asc(),
    "-overall_score": F("overall_score").desc(),
}
"""How customers can be ordered; equals stand in the order of their keys."""


BY_KEY = "customer_key"


class CustomersQuery(SourceQuery):
    """Filters of `customers/`, and which page."""

    page = serializers.IntegerField(min_value=1, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=Pages.max_page_size, required=False)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    overall_score = serializers.IntegerField(min_value=0, max_value=9, required=False)
    search = serializers.CharField(
        max_length=KEY_LENGTH, required=False, help_text="A part of the customer's key."
    )
    segment = serializers.CharField(
        required=False, help_text="One or more segments with commas between."
    )
    clv_from = serializers.FloatField(required=False)
    clv_to = serializers.FloatField(required=False)
    ordering = serializers.ChoiceField(choices=tuple(ORDERINGS), required=False)
    after = serializers.CharField(
        max_length=KEY_LENGTH,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="With ordering=customer_key those behind this key: where pages end, it goes on.",
    )

    def validate_search(self, value: str) -> str:
        return searched(value)

    def validate_segment(self, value: str) -> list[str]:
        return keys_of(value)

    def validate_clv_from(self, value: float) -> float:
        return finite(value)

    def validate_clv_to(self, value: float) -> float:
        return finite(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "after" in attrs and attrs.get("ordering") != BY_KEY:
            raise serializers.ValidationError({"after": [f"It needs ordering={BY_KEY}."]})
        return attrs


class SnapshotsQuery(SourceQuery):
    """Which snapshots: `snapshots/`."""

    page = serializers.IntegerField(min_value=1, required=False)
    page_size = serializers.IntegerField(
        min_value=1, max_value=SnapshotPages.max_page_size, required=False
    )


class LeaderboardQuery(PopularQuery, SourceQuery):
    """Filters of `leaderboard/`."""

    intent = serializers.ChoiceField(choices=INTENTS, required=False)
    tier = serializers.CharField(max_length=LEVEL_LENGTH, required=False)
    n = None  # type: ignore[assignment]  # it is never long
    exclude = None  # type: ignore[assignment]


def item_for_visitors(item: RecommendedItem) -> dict[str, Any]:
    """Neither score nor tier. A dict and no serializer: it is built for each item of each shelf."""
    found = {
        "key": item.key,
        "rank": item.rank,
        "name": str(item.object),
        "url": address_of(item.object),
    }
    if item.because is not None:
        reason = item.because if item.because_object is None else str(item.because_object)
        found["because"] = {"key": item.because, "name": reason}
    return found


def item_for_staff(item: RecommendedItem) -> dict[str, Any]:
    return item_for_visitors(item) | {"score": item.score}


def address_of(thing: Any) -> str | None:
    address = getattr(thing, "get_absolute_url", None)
    try:
        return address() if address else None
    except NoReverseMatch:
        return None


class CustomerSerializer(serializers.ModelSerializer[CustomerScore]):
    """RFM, scores and tier of one customer, for staff."""

    class Meta:
        model = CustomerScore
        exclude = ("id", "snapshot")


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    """A snapshot for staff: how it came about and what it holds."""

    is_live = serializers.SerializerMethodField()

    class Meta:
        model = Snapshot
        fields = (
            "id", "source", "engine", "state", "is_live", "as_of", "started_at", "finished_at",
            "stage", "done", "total", "error", "report",
        )  # fmt: skip

    def get_is_live(self, snapshot: Snapshot) -> bool:
        return bool(getattr(snapshot, "live_of", None))
