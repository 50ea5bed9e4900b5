"""What the checks say of sources that fit the settings badly."""

import pytest
from django.db.models import Case, CharField, F, Sum, Value, When
from django.db.models.functions import Concat

from django_clvrec.checks import check_settings, check_sources
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource, register, registry
from example_shop.shop.clvrec import ShopPurchases
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Line, Order
from tests.logs import line, write_log


@pytest.fixture
def judge(monkeypatch):
    """What the checks say of this one source, as ids."""
    monkeypatch.setattr(registry, "_registry", {})

    def judge(base=ShopPurchases, **changes):
        register(type("Shop", (base,), {"name": "shop"} | changes))
        return [found.id for found in check_sources()]

    return judge


def test_a_shop_whose_customers_are_its_users_is_fine(judge):
    assert judge() == []


def test_customers_who_are_not_users_need_a_policy(judge):
    assert judge(CornerShop) == ["clvrec.W004"]


@pytest.mark.parametrize(
    "lookup",
    [
        F("order__customer_id"),
        "order__customer__name",
        "quantity",
        Concat(Value("c"), "order__customer_id", output_field=CharField()),
    ],
    ids=["F", "value of another table", "number", "expression"],
)
def test_keys_that_are_not_shown_to_be_those_of_users_need_a_policy(judge, lookup):
    assert judge(CornerShop, customer=lookup) == ["clvrec.W004"]


def test_the_key_of_a_user_may_be_an_expression(judge):
    assert judge(customer=F("order__customer_id")) == []


def test_a_dataset_has_keys_of_its_own(judge, tmp_path):
    log = write_log(tmp_path / "log", [line("a", "1", "tool")])
    assert judge(ParquetPurchaseSource, path=log) == ["clvrec.W004"]


@pytest.mark.parametrize("given", [None, [], "x", 5, {"ALS": None}, {"ALS": 5}])
def test_a_setting_that_is_no_dict_is_left_to_the_check_of_settings(judge, settings, given):
    settings.CLVREC = given
    assert judge() == []
    assert [found.id for found in check_settings()] == ["clvrec.E002"]


@pytest.mark.parametrize("given", [".", ".Policy", "x.", "", b"x.Policy", 5, None, [], "os.path"])
def test_a_policy_that_is_none_is_left_to_the_check_of_settings(judge, settings, given):
    settings.CLVREC = {"POLICY": given}
    assert judge(CornerShop) == []
    assert [found.id for found in check_settings()] == ["clvrec.E002"]


def test_parameters_for_a_level_that_no_source_has_are_found(judge, settings):
    settings.CLVREC = {"ALS": {"prodct": {"factors": 8}}}
    assert judge() == ["clvrec.E002"]


def test_learning_from_ratings_needs_ratings(judge, settings):
    settings.CLVREC = {"FEEDBACK": "explicit"}
    assert judge() == ["clvrec.E010"]


@pytest.mark.parametrize(
    "items",
    [
        {"product": "product_id", "Product": "product_id"},
        {"alpha": "product_id"},
        {"p" * 101: "product_id"},
    ],
)
def test_levels_that_columns_cannot_be_named_after_are_found(judge, items):
    assert judge(items=items) == ["clvrec.E005"]


def test_a_lookup_with_many_values_for_one_line_is_found(judge):
    class Orders(PurchaseSource):
        queryset = Order.objects.all()
        customer, order, purchased_at = "customer_id", "pk", "placed_at"
        revenue = "line__unit_price"
        items = {"product": "line__product_id"}  # noqa: RUF012

    assert judge(Orders)[:2] == ["clvrec.E009"] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"refund": F("order__line__is_refunded")},
        {"revenue": F("unit_price") * F("order__line__quantity")},
        {"items": {"product": F("order__line__product_id")}},
        {"rating": Case(When(order__line__quantity__gt=1, then=1), default=2)},
    ],
    ids=["refund", "revenue", "items", "rating"],
)
def test_many_values_hidden_in_an_expression_are_found(judge, changes):
    assert "clvrec.E009" in judge(CornerShop, **changes)


def test_a_sum_over_lines_is_no_line(judge):
    assert judge(CornerShop, revenue=Sum("unit_price"))[0] == "clvrec.E006"


@pytest.mark.parametrize(
    "rows",
    [Line.objects.all().union(Line.objects.all()), Line.objects.distinct("order_id")],
    ids=["union", "distinct"],
)
def test_rows_that_cannot_be_ordered_by_line_are_found(judge, rows):
    assert judge(CornerShop, queryset=rows) == ["clvrec.E004"]


def test_lines_that_are_told_apart_by_nothing_are_found(judge):
    assert judge(CornerShop, line=None) == ["clvrec.E008"]
