"""What the checks say of expressions that are allowed, and give wrong figures."""

from decimal import Decimal
from typing import ClassVar

import pytest
from django.core.checks import Warning  # noqa: A004
from django.db import connection
from django.db.models import ExpressionWrapper, F, FloatField, IntegerField, Value
from django.db.models.functions import SHA256, Cast, Lower, Trim

from django_clvrec.checks.figures import check_figures
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource
from tests.awkward_shop.models import Line, Order

PAGE = "docs/how-to/awkward-shops.md"
POUNDS = F("pence") * Decimal("0.01")


class Shop(PurchaseSource):
    """One that is right."""

    queryset = Line.objects.filter(order__currency="GBP")
    customer = "order__buyer_id"
    order = "order_id"
    purchased_at = "order__placed_at"
    revenue = POUNDS
    items: ClassVar = {"product": "product_id"}


def told(**changes):
    return [*check_figures(type("Shop", (Shop,), changes)())]


def test_a_right_source_is_passed_over_in_silence():
    assert told() == []


DIVIDES = Warning(
    "Shop divides in `revenue`, and a database may leave out what comes after the point: "
    "199 / 100 is 1.",
    hint='Multiply, such as F("pence") * Decimal("0.01").',
    id="clvrec.W011",
)


@pytest.mark.parametrize(
    "revenue",
    [
        F("pence") / 100,
        F("pence") * F("quantity") / Value(100),
        ExpressionWrapper(F("pence") / 100 * Decimal("1.5"), output_field=FloatField()),
    ],
    ids=["plain", "of a product", "deep"],
)
def test_whole_numbers_are_not_divided(revenue):
    assert told(revenue=revenue) == [DIVIDES]


def test_on_sqlite_a_whole_decimal_divides_as_a_whole_number_does():
    is_sqlite = connection.vendor == "sqlite"
    assert told(revenue=F("pence") / Decimal(100)) == ([DIVIDES] if is_sqlite else [])


def test_a_floating_point_keeps_what_comes_after_it():
    assert told(revenue=Cast("pence", FloatField()) / 100.0) == []


def test_the_warning_is_right(db):
    """So that it goes when databases no longer do so."""
    whole = connection.vendor in {"sqlite", "postgresql"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 199 / 100")
        assert (cursor.fetchone()[0] == 1) is whole


MIXED = Warning(
    "Shop adds up `revenue` without a look at awkward_shop.Order.currency: amounts of several "
    "currencies would be added as they are.",
    hint=f"Filter the queryset by one currency, or convert `revenue` as shown in {PAGE}; silence "
    "this if there is only one.",
    id="clvrec.W012",
)


def test_a_currency_that_nothing_looks_at_is_told():
    assert told(queryset=Line.objects.filter(order__status="paid")) == [MIXED]


def test_a_currency_beside_the_order_itself_is_found_too():
    orders = Order.objects.filter(status="paid")
    changes = {"customer": "buyer_id", "order": "pk", "revenue": F("total_pence") * Decimal("0.01")}
    assert told(queryset=orders, **changes) == [MIXED]


VISIBLE = Warning(
    "Shop knows customers by their email addresses, which would stand in tables, exports and pages "
    "of the admin.",
    hint=f"Give buyers a table with a key of its own, as shown in {PAGE}, or set PSEUDONYM_KEY.",
    id="clvrec.W013",
)
TWO = Warning(
    "Shop takes Ann@example.com and ann@example.com for two customers.",
    hint='Use Lower("…") as `customer`, and the same in `customer_key` of your policy.',
    id="clvrec.W014",
)


@pytest.mark.parametrize(
    ("customer", "found"),
    [
        ("order__email", [VISIBLE, TWO]),
        ("order__buyer__email", [VISIBLE, TWO]),
        (Lower(Trim("order__email")), [VISIBLE]),
        (SHA256(Lower("order__email")), []),
        ("order__buyer__account__username", []),
        (Cast("order__buyer__email", IntegerField()), []),
    ],
    ids=["address", "of the buyer", "one spelling", "hash", "other text", "number"],
)
def test_addresses_as_keys_are_told(customer, found):
    assert told(customer=customer) == found


def test_with_pseudonyms_addresses_only_have_to_be_spelt_in_one_way(pseudonyms):
    assert told(customer="order__email") == [TWO]
    assert told(customer=Lower("order__email")) == []


def test_of_a_dataset_nobody_sees_how_it_was_made():
    assert [*check_figures(type("Log", (ParquetPurchaseSource,), {"path": "x"})())] == []
