"""What the demo data are before they reach the database."""

import datetime as dt

import pytest

from example_shop.shop.demo_data import read_demo_data
from example_shop.shop.demo_names import product_name, shelf, tidy, tidy_size
from tests.example_shop.conftest import NOW


def test_the_sample_holds_as_many_households_as_asked_for(demo_data):
    assert len(demo_data.households) == 20
    assert demo_data.orders["customer_id"].nunique() == 20


def test_the_sample_is_the_same_every_time(demo_data):
    again = read_demo_data(now=NOW, sample=20)
    assert again.households == demo_data.households
    assert again.lines.equals(demo_data.lines)


def test_the_newest_order_of_all_lies_in_the_week_before_now():
    newest = read_demo_data(now=NOW).orders["placed_at"].max()
    assert NOW - dt.timedelta(weeks=1) < newest <= NOW


def test_orders_keep_their_day_of_the_week_and_their_hour(demo_data):
    later = read_demo_data(now=NOW + dt.timedelta(days=20), sample=20)
    moved = later.orders["placed_at"] - demo_data.orders["placed_at"]
    assert {each % dt.timedelta(weeks=1) for each in moved} == {dt.timedelta()}


def test_every_line_has_its_order_and_its_product(demo_data):
    assert demo_data.lines["order_id"].isin(demo_data.orders["id"]).all()
    assert demo_data.lines["product_id"].isin(demo_data.products["id"]).all()


def test_every_product_costs_something_and_has_a_name(demo_data):
    assert (demo_data.products["price"].round(2) >= 0.01).all()
    assert demo_data.products["name"].str.len().between(1, 120).all()


def test_lines_that_cost_nothing_stay_in(demo_data):
    assert (demo_data.lines["line_total"] == 0).any()


@pytest.mark.parametrize(
    ("shorthand", "name"),
    [
        ("FRZN ICE", "Frozen ice"),
        ("FLUID MILK WHITE ONLY", "White milk"),
        ("GADGETS/TOOLS", "Gadgets/tools"),
        ("BREAD:ITALIAN/FRENCH", "Italian or French bread"),
    ],
)
def test_shorthand_is_spelt_out(shorthand, name):
    assert tidy(shorthand) == name


@pytest.mark.parametrize(
    ("size", "tidied"),
    [("16 OZ", "16 oz"), ("(600) 4 LB", "4 lb"), ("2 L", "2 L"), ("L      8 OZ", "8 oz")],
)
def test_sizes_lose_the_numbers_of_the_till(size, tidied):
    assert tidy_size(size) == tidied


def test_a_case_of_fruit_is_not_the_size_of_one():
    assert not tidy_size("40 LB", "PRODUCE")
    assert tidy_size("5 LB", "PRODUCE") == "5 lb"


def test_a_name_ends_with_its_size_where_there_is_one():
    assert product_name("White milk", "1 gal") == "White milk, 1 gal"
    assert product_name("White milk", "") == "White milk"


def test_a_category_nobody_named_goes_to_its_department_in_the_data():
    assert shelf("FRZN GRAPES", "PRODUCE")[:2] == (shelf("APPLES", "PRODUCE")[0], "Frozen grapes")
