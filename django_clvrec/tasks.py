"""Celery tasks: names for scheduled work, without logic of their own."""

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.utils.translation import gettext as _

from django_clvrec import audit, broker, feedback, locks, privacy
from django_clvrec.exceptions import AlreadyRefreshed, RefreshCancelled, RefreshRunning
from django_clvrec.logs import about, say
from django_clvrec.models import Snapshot
from django_clvrec.parameters import end_of_observation
from django_clvrec.pipeline import refresh as refresh_now
from django_clvrec.sources import get_source
from django_clvrec.traces import span
from django_clvrec.webhook import deliver

if TYPE_CHECKING:  # takes a tenth of a second to import
    from celery import Task
    from celery.result import AsyncResult

__all__ = ["attribute", "deliver", "hand_over", "prune", "prune_feedback", "refresh"]


@shared_task(  # type: ignore[untyped-decorator]
    name="clvrec.refresh", bind=True, acks_late=True, reject_on_worker_lost=True
)
def refresh(  # noqa: PLR0917 - the broker sends them in this order
    self: "Task",
    source: str | None = None,
    engine: str | None = None,
    as_of: str | None = None,
    full: bool = False,
    asked_by: Any = None,
) -> dict[str, Any]:
    """Train and publish; the snapshot's report. `as_of` is an ISO time, or a date: its end.

    A refresh that is not needed, because another one is at work or this message was delivered
    twice, is no failure: it returns `{"refused": why}`. One that somebody cancels is none either,
    and returns `{"cancelled": what}`. `asked_by` is the id of the user who started it.
    """
    end = end_of_observation(as_of) if as_of else None
    task = self.request.id
    with about(task=task), span("clvrec.task", task=task, task_name=self.name):
        try:
            if (self.request.delivery_info or {}).get("redelivered"):
                # its first worker may have died with its machine, and still hold the lease
                locks.wait_for_word(get_source(source).name)
            made = refresh_now(
                source,
                engine,
                end,
                on_start=partial(_note, asked_by),
                full=full,
                request=task or "",
            )
        except (RefreshRunning, AlreadyRefreshed) as refusal:
            say(logging.WARNING, "refresh.refused", "Refresh refused: %s", refusal)
            return {"refused": str(refusal)}
        except RefreshCancelled as end_of_it:
            return {"cancelled": str(end_of_it)}
    report: dict[str, Any] = made.report
    return report


def _note(asked_by: Any, snapshot: Snapshot) -> None:
    if asked_by is not None:
        audit.note(snapshot, asked_by, _("Started this refresh."))


@shared_task(name="clvrec.attribute")  # type: ignore[untyped-decorator]
def attribute(source: str | None = None) -> int:
    """Put recent purchases down to lists, for shops that do not call `order_placed`."""
    return feedback.attribute_all(source=source)


@shared_task(name="clvrec.prune_feedback")  # type: ignore[untyped-decorator]
def prune_feedback() -> int:
    """Remove feedback that is older than FEEDBACK_DAYS."""
    return feedback.prune_feedback()


@shared_task(name="clvrec.prune")  # type: ignore[untyped-decorator]
def prune() -> dict[str, int]:
    """Remove all that is older than FEEDBACK_DAYS and HISTORY_DAYS allow, feedback included."""
    return privacy.prune()


def hand_over(source: str | None = None, asked_by: Any = None) -> "AsyncResult":
    """Send a refresh to the broker, or say within seconds that it cannot be sent.

    Raises NoBroker. Where tasks run at once, the result is that of the refresh.
    """
    return broker.send(refresh, source, None, None, False, asked_by)
