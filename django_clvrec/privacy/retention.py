"""How long it is kept what is about single customers, and how it goes."""

from datetime import datetime, timedelta

from django.db.models import Model, QuerySet
from django.utils import timezone

from django_clvrec.conf import get_config
from django_clvrec.feedback import prune_feedback
from django_clvrec.forgetting import HISTORY
from django_clvrec.models import (
    Erasure,
    Snapshot,
    write_database,
)

BATCH_ROWS = 2000
"""So few that no lock is held long."""


def prune(now: datetime | None = None) -> dict[str, int]:
    """Remove what is older than settings allow, a few rows at a time; how many of what.

    Feedback goes after FEEDBACK_DAYS. After HISTORY_DAYS go changes of tier and segment, errors of
    refreshes that failed, and marks of erased customers who do not stay out.
    What is removed stays removed when it is interrupted.
    """
    now = now or timezone.now()
    end = now - timedelta(days=get_config()["HISTORY_DAYS"])
    found = {"ShownList": prune_feedback(now)}
    for model in HISTORY:
        old = _rows(model).filter(changed_at__lt=end)
        found[model.__name__] = _removed(old.order_by("changed_at"))
    failed = _rows(Snapshot).filter(state=Snapshot.State.FAILED, finished_at__lt=end)
    # whose rows or files are still to be cleaned up is kept until a refresh has done it
    failed = failed.filter(folder="", live_of__isnull=True, running_of__isnull=True)
    found["Snapshot"] = failed.delete()[1].get("clvrec.Snapshot", 0)
    found["Erasure"] = _removed(_rows(Erasure).filter(erased_at__lt=end, stays_out=False))
    return found


def _removed(rows: QuerySet[Model]) -> int:
    count = 0
    while ids := list(rows.values_list("pk", flat=True)[:BATCH_ROWS]):
        few = _rows(rows.model).filter(pk__in=ids)
        few._raw_delete(few.db)  # a host's signal receivers would have every row loaded
        count += len(ids)
    return count


def _rows(model: type[Model]) -> QuerySet[Model]:
    return model._default_manager.using(write_database())
