"""What somebody says of items in quarantine."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec.models import Quarantine


def decide(
    rows: QuerySet[Quarantine], state: Quarantine.State, user: AbstractBaseUser | AnonymousUser
) -> int:
    """Let items count again, or keep them out, from the next refresh on; the number of rows."""
    return rows.update(state=state, decided_by=user.get_username()[:255], decided_at=timezone.now())


def undecided(source: str) -> int:
    """How many items of a source wait for somebody to look at them. One query."""
    return Quarantine.objects.filter(source=source, state=Quarantine.State.OPEN).count()
