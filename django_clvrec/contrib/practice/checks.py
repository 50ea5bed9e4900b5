"""Reminds of the practice shop where a real one is deployed."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_practice(**_: Any) -> list[CheckMessage]:
    """Of `manage.py check --deploy` only."""
    if settings.DEBUG:
        return []
    return [
        Error(
            "The practice shop is installed: its accounts, one of them of an admin, have a "
            "password that everybody knows.",
            hint="Take django_clvrec.contrib.practice out of INSTALLED_APPS, and delete the "
            "accounts that practice_orders made, or use another database.",
            id="clvrec_practice.E001",
        )
    ]
