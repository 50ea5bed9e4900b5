"""`manage.py load_demo`."""

from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db.models import Sum

from example_shop.shop.models import Order, OrderLine, Product


def run(**options) -> str:
    out = StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_it_fills_an_empty_shop_and_says_with_what():
    told = run(sample=5)
    assert f"{OrderLine.objects.count():,} order lines" in told
    assert get_user_model().objects.filter(username__startswith="household-").count() == 5


@pytest.mark.django_db
def test_the_environment_can_ask_for_a_sample(monkeypatch):
    monkeypatch.setenv("DEMO_SAMPLE", "3")
    run()
    assert Order.objects.values("customer").distinct().count() == 3


def test_a_second_run_changes_nothing(shop):
    before = OrderLine.objects.count()
    assert "are there" in run(sample=5)
    assert OrderLine.objects.count() == before


@pytest.mark.django_db
def test_it_does_not_mix_with_users_of_another_shop(django_user_model):
    django_user_model.objects.create_user("somebody")
    with pytest.raises(CommandError, match="empty database"):
        run(sample=5)
    assert not Order.objects.exists()


def test_no_cent_is_lost(shop, demo_data):
    total = OrderLine.objects.aggregate(total=Sum("line_total"))["total"]
    assert round(total, 2) == sum(Decimal(f"{x:.2f}") for x in demo_data.lines["line_total"])


def test_households_and_the_admin_can_sign_in(shop, demo_data):
    number = demo_data.households[0]
    assert authenticate(username=f"household-{number}", password="demo").pk == number
    assert authenticate(username="admin", password="admin").is_superuser


def test_orders_keep_the_time_at_which_they_were_placed(shop, demo_data):
    first = demo_data.orders.iloc[0]
    assert Order.objects.get(pk=first["id"]).placed_at == first["placed_at"].to_pydatetime()


def test_new_rows_get_ids_that_are_free(shop, django_user_model):
    user = django_user_model.objects.create_user("newcomer")
    order = Order.objects.create(customer=user)
    product = Product.objects.first()
    assert OrderLine.objects.create(order=order, product=product, quantity=1, line_total=1).pk
