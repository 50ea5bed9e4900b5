"""What `manage.py check` says of a purchase source, in whole messages."""

import pytest
from django.core.checks import Error, Warning  # noqa: A004
from django.core.exceptions import FieldError
from django.db.models import BooleanField, DateField, F, FloatField, Value
from django.db.models.functions import Cast, Upper

from django_clvrec.checks import check_sources
from django_clvrec.policy import Policy
from django_clvrec.sources import PurchaseSource, register, registry
from tests.corner_shop.models import Line

PAID = Line.objects.filter(order__is_paid=True)
GOOD = {
    "queryset": PAID,
    "customer": "order__customer_id",
    "order": "order_id",
    "purchased_at": "order__placed_at",
    "revenue": F("unit_price") * F("quantity"),
    "items": {"product": "product_id"},
    "__module__": __name__,
}
MIXED_TYPES = F("unit_price") + F("order__placed_at")
SHOP = f"The purchase source {__name__}.Shop"


class Known(Policy):
    """Knows the customers of the corner shop by their requests."""

    def customer_key(self, request):
        return request.META.get("HTTP_X_CUSTOMER")


@pytest.fixture
def judge(monkeypatch, settings):
    """Registers one good source with these changes alone; what the checks say of it."""
    settings.CLVREC = {"POLICY": f"{__name__}.Known"}
    monkeypatch.setattr(registry, "_registry", {})

    def judge(without="", **changes):
        attributes = {name: value for name, value in GOOD.items() if name != without}
        register(type("Shop", (PurchaseSource,), attributes | changes))
        return check_sources()

    return judge


def said_by_django(lookup):
    """The message of the error that this lookup gives in a query."""
    with pytest.raises((FieldError, TypeError)) as caught:
        _ = Line.objects.annotate(wanted=lookup).query.annotations["wanted"].output_field
    return str(caught.value)


def test_a_shop_without_a_source_is_told_where_to_write_one(monkeypatch):
    monkeypatch.setattr(registry, "_registry", {})
    assert check_sources() == [
        Warning(
            "No purchase source is registered.",
            hint="Write a PurchaseSource with @register in the clvrec.py of one of your apps.",
            id="clvrec.W001",
        )
    ]


def test_a_right_source_is_passed_over_in_silence(judge):
    assert judge() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"rating": "review__stars", "refund": "is_refunded"},
        {"customer": "order__customer", "order": "order__pk"},
        {"purchased_at": Cast("order__placed_at", DateField())},
        {"revenue": Cast("product__brand", FloatField())},
        {"revenue": "quantity"},
        {"refund": Value(False, BooleanField())},
        {"items": {"brand": Upper("product__brand"), "category": "product__category__name"}},
        {"line": ("order_id", "product_id")},
        {"queryset": PAID.annotate(buyer=F("order__customer_id")), "customer": "buyer"},
        {"queryset": Line.objects.none()},
    ],
)
def test_lookups_and_expressions_of_every_kind_are_right(judge, changes):
    assert judge(**changes) == []


@pytest.mark.parametrize(
    "name", ["queryset", "customer", "order", "purchased_at", "revenue", "items"]
)
def test_a_missing_attribute_is_named(judge, name):
    assert judge(without=name) == [
        Error(f"{SHOP} has no {name!r}.", hint=f"Set `{name}` on the class.", id="clvrec.E004")
    ]


def test_all_missing_attributes_are_told_at_once(judge, monkeypatch):
    register(type("Empty", (PurchaseSource,), {}))
    assert [found.id for found in check_sources()] == ["clvrec.E004"] * 6


@pytest.mark.parametrize("queryset", [None, Line, Line.objects, []])
def test_a_queryset_must_be_one(judge, queryset):
    assert judge(queryset=queryset) == [
        Error(
            f"{SHOP} has a `queryset` that is no queryset.",
            hint="Use `OrderLine.objects.filter(…)`.",
            id="clvrec.E004",
        )
    ]


@pytest.mark.parametrize(
    "items", [None, {}, "product_id", ["product_id"], {"the product": "product_id"}, {1: "pk"}]
)
def test_items_must_be_a_dict_of_levels(judge, items):
    assert judge(items=items) == [
        Error(
            f"{SHOP} has no usable `items`.",
            hint="Use a dict of levels, each a different, short Python name: "
            '{"category": …, "product": …}; '
            "alpha, factors, iterations, regularization, seed are taken.",
            id="clvrec.E005",
        )
    ]


@pytest.mark.parametrize(
    ("name", "changes", "lookup"),
    [
        ("customer", {"customer": "order__buyer_id"}, F("order__buyer_id")),
        ("order", {"order": ""}, F("")),
        ("revenue", {"revenue": MIXED_TYPES}, MIXED_TYPES),
        ("items['product']", {"items": {"product": F("article_id")}}, F("article_id")),
        ("rating", {"rating": "review__points"}, F("review__points")),
        ("refund", {"refund": "refunded"}, F("refunded")),
        ("line['number']", {"line": ("order_id", "number")}, F("number")),
    ],
)
def test_a_lookup_that_leads_nowhere_is_told_with_what_django_says(judge, name, changes, lookup):
    assert judge(**changes) == [
        Error(
            f"{SHOP} has a `{name}` that its queryset cannot resolve: {said_by_django(lookup)}.",
            hint="Correct the lookup; give an expression of mixed types an `output_field`.",
            id="clvrec.E006",
        )
    ]


@pytest.mark.parametrize("name", ["customer", "order", "purchased_at", "revenue"])
@pytest.mark.parametrize("value", [None, 3])
def test_what_is_no_lookup_is_told(judge, name, value):
    assert judge(**{name: value}) == [
        Error(
            f"{SHOP} has a `{name}` that is no lookup: {said_by_django(value)}.",
            hint="Use a lookup such as 'order__customer_id', or an expression.",
            id="clvrec.E006",
        )
    ]


@pytest.mark.parametrize(
    ("name", "lookup", "kind", "wanted"),
    [
        ("purchased_at", "quantity", "IntegerField", "a date or a time"),
        ("purchased_at", "product__brand", "CharField", "a date or a time"),
        ("revenue", "product__brand", "CharField", "a number"),
        ("revenue", "is_refunded", "BooleanField", "a number"),
        ("revenue", "order__placed_at", "DateTimeField", "a number"),
        ("rating", "product__brand", "CharField", "a number"),
        ("refund", "quantity", "IntegerField", "true or false"),
    ],
)
def test_a_lookup_of_the_wrong_type_is_told_with_what_is_wanted(judge, name, lookup, kind, wanted):
    assert judge(**{name: lookup}) == [
        Error(
            f"{SHOP} has a `{name}` of type {kind}, which is not {wanted}.",
            hint="Choose another field, or wrap it in Cast(…) or ExpressionWrapper(…).",
            id="clvrec.E007",
        )
    ]


def test_every_wrong_lookup_of_every_source_is_told(judge):
    judge(customer="a", order="b", items={"x": "c", "y": "d"})
    register(type("Other", (PurchaseSource,), GOOD | {"revenue": "e"}))
    assert [found.id for found in check_sources()] == ["clvrec.E006"] * 5


def test_lines_must_be_told_from_one_another_by_something(judge):
    assert judge(line=()) == [
        Error(
            f"{SHOP} has an empty `line`.",
            hint='Name what tells one line from another, such as ("pk",).',
            id="clvrec.E008",
        )
    ]


def test_a_sliced_queryset_cannot_be_put_in_order(judge):
    assert judge(queryset=Line.objects.all()[:10]) == [
        Error(
            f"{SHOP} has a `queryset` that is sliced.",
            hint="Filter it instead.",
            id="clvrec.E004",
        )
    ]


def test_a_source_without_any_filter_is_told_what_that_invites(judge):
    assert judge(queryset=Line.objects.all()) == [
        Warning(
            "Shop takes every row for a purchase, so that orders which nobody paid for count too, "
            "and who makes them up decides what is recommended.",
            hint='Filter its queryset, such as OrderLine.objects.filter(order__status="paid"), or '
            "name `refund`. Where unpaid and refunded rows are not in the table at all, set "
            "`unfiltered = True` on the class.",
            id="clvrec.W009",
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"unfiltered": True},
        {"refund": "is_refunded"},
        {"rows": lambda _: Line.objects.exclude(order__is_paid=False)},
    ],
    ids=["said", "refund", "rows"],
)
def test_a_source_that_filters_or_says_that_it_need_not_is_right(judge, changes):
    assert judge(queryset=Line.objects.all(), **changes) == []
