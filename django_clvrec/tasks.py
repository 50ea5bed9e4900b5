"""Celery tasks: names for scheduled work, without logic of their own."""

from datetime import datetime
from typing import Any

from celery import shared_task

from django_clvrec.pipeline import refresh as refresh_now


@shared_task(name="clvrec.refresh", acks_late=True)  # type: ignore[untyped-decorator]
def refresh(
    source: str | None = None,
    engine: str | None = None,
    as_of: str | None = None,
    full: bool = False,
) -> dict[str, Any]:
    """Train and publish; the snapshot's report. `as_of` is an ISO date or time."""
    end = datetime.fromisoformat(as_of) if as_of else None
    report: dict[str, Any] = refresh_now(source, engine, end, full=full).report
    return report
