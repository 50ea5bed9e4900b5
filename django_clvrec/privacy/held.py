"""All that is held about one customer, part by part, as JSON."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec import marks
from django_clvrec.models import (
    CurrentTier,
    CustomerGroup,
    CustomerScore,
    Erasure,
    Feedback,
    Recommendation,
    SegmentChange,
    ShownList,
    TierChange,
)
from django_clvrec.pseudonyms import marked_keys, stored_key
from django_clvrec.sources import get_source

Part = tuple[str, Iterator[dict[str, Any]]]
PAGE_ROWS = 500


def held(customer_key: str, source: str | None = None) -> Iterator[Part]:
    """Names of what is kept, and its rows, read as they are asked for: memory stays flat.

    What a shop keeps itself, its orders above all, is not part of it.
    """
    name, is_key = get_source(source).name, "\0" not in customer_key
    digests = marks.digests_of(name, *marked_keys(customer_key))
    customer_key = stored_key(customer_key)
    mine = {"source": name, "customer_key": customer_key if is_key else ""}
    of_snapshots = {"snapshot__source": name, "customer_key": mine["customer_key"]}
    shown = ShownList.objects.filter(subject_key=mine["customer_key"], is_customer=True)
    clicks = Feedback.objects.filter(shown_list__in=shown)
    yield "scores", _rows(CustomerScore.objects.filter(**of_snapshots))
    yield "lists", _rows(Recommendation.objects.filter(**of_snapshots))
    yield "tiers_by_now", _rows(CurrentTier.objects.filter(**of_snapshots))
    yield "tier_changes", _rows(TierChange.objects.filter(**mine))
    yield "segment_changes", _rows(SegmentChange.objects.filter(**mine))
    yield "shown_lists", _rows(shown)
    yield "feedback", _rows(clicks)
    groups = CustomerGroup.objects.filter(source=name, conditions__q=mine["customer_key"])
    yield "groups", _rows(groups)
    yield "erasures", _rows(Erasure.objects.filter(source=name, digest__in=digests))


def held_json(customer_key: str, source: str | None = None) -> Iterator[str]:
    """The same as the text of one JSON object, in pieces."""
    head = {
        "customer": customer_key,
        "source": get_source(source).name,
        "told_at": timezone.now(),
        "about": "docs/how-to/privacy.md says what each part is for, and how long it is kept.",
    }
    yield f"{_json(head)[:-1]}"
    for name, rows in held(customer_key, source):
        yield f", {_json(name)}: ["
        for number, row in enumerate(rows):
            yield f"{', ' if number else ''}{_json(row)}"
        yield "]"
    yield "}\n"


def _rows(rows: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    for row in rows.order_by("pk").iterator(PAGE_ROWS):
        names = [field.name for field in row._meta.concrete_fields]
        yield {name: row.serializable_value(name) for name in names}


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
