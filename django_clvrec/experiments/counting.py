"""What the subjects of an experiment did, summed up by the database."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum

from django_clvrec.models import Experiment, Feedback

SubjectKey = tuple[str, bool]
SUBJECT = ("subject_key", "is_customer")


@dataclass(kw_only=True, slots=True)
class Sums:
    """One customer or visitor, from the first list on that belonged to the experiment."""

    variant: str
    """Of the first list, and so is the tier: neither is changed by what was seen later. It may be
    one that the experiment no longer has."""
    tier: str
    first: datetime
    shown: int = 0
    clicked: int = 0
    revenue: float = 0.0
    has_crossed: bool = False
    """Saw lists of another variant too, as after weights were changed."""


def sums_of(experiment: Experiment, level: str, until: datetime) -> dict[SubjectKey, Sums]:
    """By subject, at one level. Three queries, whose rows are as many as there are subjects."""
    lists = experiment.shown_lists().filter(level=level, shown_at__lte=until)
    found: dict[SubjectKey, Sums] = {}
    groups = lists.values(*SUBJECT, "variant", "tier").annotate(
        first=Min("shown_at"), shown=Count("pk")
    )
    for row in sorted(groups, key=lambda row: (row["first"], row["variant"], row["tier"])):
        variant = row["variant"].partition(":")[2]
        one = found.setdefault(
            (row["subject_key"], row["is_customer"]),
            Sums(variant=variant, tier=row["tier"], first=row["first"]),
        )
        one.shown += row["shown"]
        one.has_crossed |= variant != one.variant
    feedback = Feedback.objects.filter(shown_list__in=lists)
    clicks = feedback.filter(kind=Feedback.Kind.CLICKED)
    for subject, lists_clicked in _by_subject(clicks, Count("shown_list", distinct=True)).items():
        if known := found.get(subject):  # none whose first list came in meanwhile
            known.clicked = lists_clicked
    sales = feedback.filter(kind=Feedback.Kind.BOUGHT)
    for subject, revenue in _by_subject(sales, Sum("value")).items():
        if known := found.get(subject):
            known.revenue = float(revenue or 0)
    return found


def levels_of(experiment: Experiment) -> list[str]:
    """Where lists of it were shown."""
    rows = experiment.shown_lists().order_by("level")
    return list(rows.values_list("level", flat=True).distinct())


def _by_subject(rows: QuerySet[Feedback], total: Any) -> dict[SubjectKey, Any]:
    names = [f"shown_list__{name}" for name in SUBJECT]
    found: dict[SubjectKey, Any] = defaultdict(int)
    for key, is_customer, value in (
        rows.values(*names).annotate(total=total).values_list(*names, "total")
    ):
        found[key, is_customer] = value
    return found
