"""Whether what is about single customers goes when its time is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from django_clvrec.conf import get_config
from django_clvrec.doctor.findings import RETENTION, Finding, ok, warning
from django_clvrec.forgetting import HISTORY
from django_clvrec.models import ShownList

LATE = timedelta(days=7)
"""A week without a task is no matter."""


def findings(source: str) -> Iterator[Finding]:
    """Three short queries at most."""
    config = get_config()
    if not is_overdue(source, timezone.now()):
        yield ok(RETENTION, _("Nothing is kept for longer than the settings say."))
        return
    days = {"feedback": config["FEEDBACK_DAYS"], "history": config["HISTORY_DAYS"]}
    text = _(
        "Feedback is kept for longer than FEEDBACK_DAYS (%(feedback)d), or changes of tier and "
        "segment for longer than HISTORY_DAYS (%(history)d): nothing was removed for a week."
    )
    hint = _(
        "Put `clvrec.prune` into CELERY_BEAT_SCHEDULE, or `manage.py clvrec_prune` into cron: "
        "docs/how-to/privacy.md"
    )
    yield warning(RETENTION, text % days, hint)


def is_overdue(source: str, now: datetime) -> bool:
    """Whether anything is kept for a week longer than it may be."""
    config, now = get_config(), now - LATE
    end = now - timedelta(days=config["HISTORY_DAYS"])
    shown_until = now - timedelta(days=config["FEEDBACK_DAYS"])
    if ShownList.objects.filter(shown_at__lt=shown_until).exists():
        return True
    of_source = [one._default_manager.filter(source=source) for one in HISTORY]
    return any(rows.order_by().filter(changed_at__lt=end).exists() for rows in of_source)
