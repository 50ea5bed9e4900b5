"""What `manage.py check` says of an Oscar shop."""

import pytest
from django.apps import apps

from django_clvrec.contrib.oscar.checks import check_oscar


def ids():
    return [found.id for found in check_oscar()]


def test_this_shop_is_in_order():
    assert check_oscar() == []


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["source"], "clvrec_oscar.E001"),
        ({"uncouted": []}, "clvrec_oscar.E002"),
        ({"uncounted": ["Canceled"]}, "clvrec_oscar.E003"),
        ({"recommended_products": -1}, "clvrec_oscar.E004"),
        ({"recommended_products": True}, "clvrec_oscar.E004"),
    ],
)
def test_a_mistake_in_the_setting_is_found(settings, given, wanted):
    settings.CLVREC_OSCAR = given
    assert ids() == [wanted]


def test_a_misspelt_setting_is_answered_with_the_near_one(settings):
    settings.CLVREC_OSCAR = {"uncouted": []}
    assert check_oscar()[0].hint == "Did you mean 'uncounted'?"


def test_a_pipeline_without_a_cancelled_status_is_asked_for_one(settings):
    settings.OSCAR_ORDER_STATUS_PIPELINE = {"Neu": ("Storniert",), "Storniert": ()}
    settings.OSCAR_LINE_STATUS_PIPELINE = {}
    assert ids() == ["clvrec_oscar.W001"]
    settings.CLVREC_OSCAR = {"uncounted": ["Storniert"]}
    assert ids() == []


def test_a_policy_that_knows_no_stock_is_found(settings):
    settings.CLVREC = {**settings.CLVREC, "POLICY": "django_clvrec.policy.Policy"}
    assert ids() == ["clvrec_oscar.W002"]


def test_an_app_that_stands_behind_oscars_is_found(monkeypatch):
    behind = sorted(apps.get_app_configs(), key=lambda one: one.label == "clvrec_oscar")
    monkeypatch.setattr(apps, "get_app_configs", lambda: behind)
    assert ids() == ["clvrec_oscar.E005", "clvrec_oscar.E005"]


def test_pages_whose_shelves_have_no_address_are_told(settings):
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    assert ids() == ["clvrec_oscar.E006"]
