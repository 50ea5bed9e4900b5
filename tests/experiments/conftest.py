"""Experiments by hand, and lists that were shown in them."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_clvrec.models import Experiment, Feedback, ShownList

DAY = dt.timedelta(days=1)
TWO = [{"name": "control", "weight": 1}, {"name": "other", "weight": 1}]


def experiment(key="window", variants=TWO, is_active=True, **fields):
    """As it is stored; the form and `start` judge it before."""
    return Experiment.objects.create(
        key=key, name=key.title(), variants=variants, is_active=is_active, **fields
    )


def show(subject, variant="", items=("a", "b"), clicked=(), sold=None, **fields):
    """One list that came into view, what was clicked in it, and what of it was bought."""
    values = {
        "is_customer": True, "level": "product", "intent": "discover",
        # lists that are given propensities are of those that may be drawn
        "answer_source": "popular" if any(isinstance(one, list) for one in items) else "stored",
        "snapshot_id": 1, "tier": "mid", "shown_at": timezone.now() - DAY,
    }  # fmt: skip
    shown = ShownList.objects.create(
        id=uuid.uuid4(),
        subject_key=subject,
        variant=variant,
        items=[one if isinstance(one, list) else [one, None] for one in items],
        batch=uuid.uuid4(),
        **values | fields,
    )
    rows = [(key, "clicked", None) for key in clicked]
    rows += [(key, "bought", Decimal(str(value))) for key, value in (sold or {}).items()]
    for key, kind, value in rows:
        Feedback.objects.create(
            shown_list=shown,
            item_key=key,
            kind=kind,
            rank=1,
            at=shown.shown_at,
            value=value,
            batch=uuid.uuid4(),
        )
    return shown


@pytest.fixture
def command(capsys):
    """What `clvrec_experiment` prints."""

    def command(*words):
        call_command("clvrec_experiment", *words)
        return capsys.readouterr().out

    return command
