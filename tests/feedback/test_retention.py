"""Feedback goes when its time is over, or when somebody asks for it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_clvrec.feedback import Subject, erase, prune_feedback, token_for
from django_clvrec.models import Feedback, ShownList
from django_clvrec.tasks import prune_feedback as prune_task
from tests.feedback.conftest import clicked, shown, subject_of
from tests.shelf import key_of

BOB = Subject(key="bob", is_customer=True)


@pytest.fixture
def see(answer, ann, goods, send):
    def see(days_ago, by=None):
        token = token_for(answer, subject=by or subject_of(ann))
        now = timezone.now() - timedelta(days=days_ago)
        send(shown(token), clicked(token, goods[0]), by=by, now=now)

    return see


def rows():
    return ShownList.objects.count(), Feedback.objects.count()


def test_what_is_older_than_feedback_days_goes(see, monkeypatch):
    monkeypatch.setattr("django_clvrec.feedback.retention.BATCH_LISTS", 2)
    for days_ago in (400, 300, 200, 181, 181, 179, 0):
        see(days_ago)
    assert prune_feedback() == 5
    assert rows() == (2, 2)
    assert prune_feedback() == 0


def test_how_long_is_a_setting(see, settings):
    settings.CLVREC = settings.CLVREC | {"FEEDBACK_DAYS": 10}
    see(11)
    see(9)
    assert prune_feedback() == 1


def test_the_task_and_the_command_prune(see, capsys):
    see(200)
    assert prune_task.delay().result == 1
    see(200)
    call_command("clvrec_prune_feedback")
    assert capsys.readouterr().out == "Removed 1 lists and what became of them.\n"
    assert rows() == (0, 0)


def test_one_customer_can_be_forgotten(see, ann):
    see(1)
    see(2)
    see(1, BOB)
    assert erase(key_of(ann), is_customer=False) == 0
    assert erase(key_of(ann)) == 2
    assert set(ShownList.objects.values_list("subject_key", flat=True)) == {"bob"}
    assert rows() == (1, 1)
