"""Who started, cancelled and activated what: entries in the admin's history of a snapshot."""

import logging
from typing import Any

from django.apps import apps
from django.db import Error, router, transaction

from django_clvrec.logs import say
from django_clvrec.models import Snapshot


def note(snapshot: Snapshot, user_id: Any, told: str) -> None:
    """Add what the user did, in plain words. Nothing where the admin is not installed."""
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.models import CHANGE, LogEntry

    try:
        # within a request's transaction, what fails must not take the rest with it
        with transaction.atomic(using=router.db_for_write(LogEntry)):
            LogEntry.objects.log_actions(
                user_id=user_id,
                queryset=[snapshot],
                action_flag=CHANGE,
                change_message=told,
                single_object=True,
            )
    except Error as error:  # what was done is done; a user may be gone by now
        message = "No entry in the admin's history: %s"
        say(logging.WARNING, "audit.unnoted", message, type(error).__name__)
