"""Tiers of Oscar's customers, by what they bought and when."""

import pytest

from django_clvrec.models import CustomerScore
from django_clvrec.serving import tier_of
from tests.integration.oscar.shop import CUSTOMERS, ORDERS, TASTES, add_person, buy

pytestmark = pytest.mark.django_db


def test_every_customer_has_a_score_by_the_orders_of_oscar(django_user_model):
    assert CustomerScore.objects.count() == CUSTOMERS * len(TASTES)
    person = django_user_model.objects.get(email="tea3@example.com")
    score = CustomerScore.objects.get(customer_key=str(person.pk))
    assert score.frequency == ORDERS
    spent = sum(
        line.line_price_excl_tax for order in person.orders.all() for line in order.lines.all()
    )
    assert score.monetary_value == spent


def test_a_newcomer_leaves_the_tier_of_newcomers_with_the_orders_that_oscar_tells_of(
    django_capture_on_commit_callbacks,
):
    ann = add_person("ann@example.com")
    assert tier_of(str(ann.pk)) == "new"
    with django_capture_on_commit_callbacks(execute=True):
        buy(ann, "Assam", "Sencha", "Teapot")
        buy(ann, "Assam", "Sencha", "Teapot", "Mug")
    assert tier_of(str(ann.pk)) != "new"


def test_a_cancelled_order_counts_no_more_at_once(django_capture_on_commit_callbacks):
    ann = add_person("ann@example.com")
    buy(ann, "Assam", "Sencha", "Teapot")
    order = buy(ann, "Assam", "Sencha", "Teapot", "Mug")
    before = tier_of(str(ann.pk))
    with django_capture_on_commit_callbacks(execute=True) as told:
        order.set_status("Cancelled")
    assert told
    assert (before != "new", tier_of(str(ann.pk))) == (True, "new")
