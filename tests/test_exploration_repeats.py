"""Who clicks the same item again and again teaches it once a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_clvrec.feedback import Subject, record, token_for
from django_clvrec.models import BanditArm, Feedback
from django_clvrec.serving import recommend
from tests.feedback.conftest import clicked, shown
from tests.shelf import Shelf

NOW = timezone.now()


@pytest.fixture(autouse=True)
def goods(db, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.EverythingSells"}
    Shelf().popular("oats", "rye")


def click(visitor, *items, at=NOW, lists=1):
    subject = Subject(key=visitor, is_customer=False)
    events = []
    for _ in range(lists):
        token = token_for(recommend(None, "product", explore=False), subject=subject)
        events += [shown(token), *(clicked(token, item) for item in items)]
    record(events, [subject], now=at)


def learnt(item="oats"):
    return BanditArm.objects.get(item_key=item, context="").clicked


def test_many_lists_of_one_visitor_teach_a_click_once():
    click("bot", "oats", lists=30)
    assert Feedback.objects.count() == 30
    assert learnt() == 1


def test_a_click_that_comes_in_a_later_report_is_known():
    click("bot", "oats")
    click("bot", "oats", "rye", at=NOW + timedelta(hours=3))
    assert learnt() == pytest.approx(1, rel=0.01)
    assert learnt("rye") == 1


def test_other_visitors_teach_for_themselves():
    for visitor in ("ann", "bob", "eve"):
        click(visitor, "oats")
    assert learnt() == 3


def test_a_day_later_it_teaches_again():
    click("ann", "oats")
    click("ann", "oats", at=NOW + timedelta(hours=25))
    assert learnt() == pytest.approx(2, rel=0.03)
