"""The practice shop is filled once, with the same orders each time, and never in the open."""

import datetime as dt

import pytest
from django.contrib.auth import authenticate
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from django_clvrec.contrib.practice import making
from django_clvrec.contrib.practice.models import Order, OrderLine, Product

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def practising(settings, db):
    settings.DEBUG = True


def test_the_same_moment_gives_the_same_orders():
    assert list(making.orders(NOW)) == list(making.orders(NOW))


def test_no_order_is_of_the_future_or_older_than_it_says():
    earliest = NOW - dt.timedelta(days=making.DAYS + 1)
    assert all(earliest < order.placed_at < NOW for order in making.orders(NOW))


def test_the_first_buys_most_often_and_the_last_never():
    buyers = [order.customer for order in making.orders(NOW)]
    assert max(set(buyers), key=buyers.count) == 0
    assert max(buyers) < making.CUSTOMERS - 1


def test_what_is_made_up_is_kept(practising):
    call_command("practice_orders", verbosity=0)
    made = list(making.orders(NOW))
    assert Order.objects.count() == len(made)
    assert OrderLine.objects.count() == sum(len(order.lines) for order in made)
    assert Product.objects.count() == len(making.products())
    assert authenticate(username="customer-1", password="practice")
    assert authenticate(username="admin", password="practice").is_superuser


def test_a_second_run_adds_nothing(practising, capsys):
    call_command("practice_orders")
    before = Order.objects.count()
    call_command("practice_orders")
    assert Order.objects.count() == before
    assert "are there" in capsys.readouterr().out


def test_a_shop_in_the_open_gets_no_accounts_with_a_known_password(settings, db):
    settings.DEBUG = False
    with pytest.raises(CommandError, match=r"with DEBUG = True only"):
        call_command("practice_orders")
    assert not Order.objects.exists()


def test_an_account_that_is_somebody_elses_is_left_alone(practising, django_user_model):
    django_user_model.objects.create_user("customer-7", password="of mine")
    with pytest.raises(CommandError, match=r"customer-7"):
        call_command("practice_orders")
    assert not Order.objects.exists()
    assert authenticate(username="customer-7", password="of mine")


@pytest.mark.parametrize(("debug", "told"), [(False, ["clvrec_practice.E001"]), (True, [])])
def test_a_deployed_shop_is_reminded_of_it(settings, debug, told):
    settings.DEBUG = debug
    found = run_checks(tags=["security"], include_deployment_checks=True)
    assert [one.id for one in found if one.id.startswith("clvrec")] == told
