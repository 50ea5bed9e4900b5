"""What the subjects of an experiment did, summed up by the database."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db import connections
from django.db.models import Case, IntegerField, Max, Sum, Value, When

from django_clvrec.models import Experiment, Feedback

COLUMNS = ("level", "subject_key", "is_customer", "variant", "tier", "shown_at")
COUNTED = """
SELECT level, variant, tier, has_crossed, shown, clicked, revenue, COUNT(*) FROM (
    SELECT level,
        MIN(CASE WHEN place = 1 THEN variant END) variant,
        MIN(CASE WHEN place = 1 THEN tier END) tier,
        CASE WHEN MIN(variant) <> MAX(variant) THEN 1 ELSE 0 END has_crossed,
        COUNT(*) shown, SUM(clicked) clicked, COALESCE(SUM(revenue), 0) revenue
    FROM (
        SELECT lists.*, ROW_NUMBER() OVER (
            PARTITION BY subject_key, is_customer, level ORDER BY shown_at, variant, tier) place
        FROM ({lists}) lists
    ) placed GROUP BY subject_key, is_customer, level
) subjects GROUP BY level, variant, tier, has_crossed, shown, clicked, revenue
"""
"""Most subjects did what others did too, so there are far fewer rows than subjects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sums:
    """Customers and visitors of whom all of this is the same: from the first list on that belonged
    to the experiment."""

    subjects: int
    variant: str
    """Of the first list, and so is the tier: neither is changed by what was seen later. It may be
    one that the experiment no longer has."""
    tier: str
    has_crossed: bool
    """Saw lists of another variant too, as after weights were changed."""
    shown: int
    """Lists shown to each."""
    clicked: int
    """Those of the lists that were clicked."""
    revenue: float


def sums_of(
    experiment: Experiment, until: datetime, level: str | None = None
) -> dict[str, list[Sums]]:
    """By level, in the order of their names, or of one level. One query."""
    lists = experiment.shown_lists().filter(shown_at__lte=until)
    lists = lists.filter(level=level) if level else lists
    clicked = When(feedback__kind=Feedback.Kind.CLICKED, then=Value(1))
    each = lists.annotate(
        clicked=Max(Case(clicked, default=Value(0), output_field=IntegerField())),
        revenue=Sum("feedback__value"),
    ).values(*COLUMNS, "clicked", "revenue", "pk")
    statement, parameters = each.query.get_compiler(using=each.db).as_sql()
    found: dict[str, list[Sums]] = defaultdict(list)
    with connections[each.db].cursor() as cursor:
        cursor.execute(COUNTED.format(lists=statement), parameters)
        for name, variant, tier, has_crossed, shown, clicks, revenue, subjects in sorted(cursor):
            found[name].append(
                Sums(
                    subjects=subjects,
                    variant=variant.partition(":")[2],
                    tier=tier,
                    has_crossed=bool(has_crossed),
                    shown=shown,
                    clicked=int(clicks),
                    revenue=float(revenue),
                )
            )
    return found


def levels_of(experiment: Experiment) -> list[str]:
    """Where lists of it were shown."""
    rows = experiment.shown_lists().order_by("level")
    return list(rows.values_list("level", flat=True).distinct())
