"""Products in many sections, and rows that are only hidden."""

import pytest
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from django_clvrec.checks import check_sources
from django_clvrec.serving import recommend, related
from django_clvrec.sources import get_source, register, related_model
from tests.awkward.desk import figures, key, refresh, run
from tests.awkward_shop.models import Buyer, Line, Placing, Section

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def stocked(shop):
    """Each product in two sections or three."""
    shop.product("tea", "drinks", "breakfast")
    shop.product("jam", "breakfast", "sweets", "gifts")
    shop.product("fudge", "sweets", "gifts")
    return shop


def test_a_line_counts_once_to_its_products_main_section(stocked):
    run("class SectionPurchases")
    stocked.crowd("tea", "jam", "fudge")
    stocked.bought(ANN, "tea", "jam", days_ago=4, pence=150)
    stocked.bought(ANN, "jam", days_ago=2, pence=250)
    report = refresh().report
    assert figures()[key(ANN)] == (2, 2, "5.5000", 4)
    assert report["lines_dropped"]["duplicated"] == 0
    bought = {one.key: one.orders for one in get_source().purchases_of(key(ANN), "section")}
    names = {str(one.pk): one.name for one in Section.objects.all()}
    assert {names[item]: orders for item, orders in bought.items()} == {"drinks": 1, "breakfast": 2}


def test_shelves_get_sections_and_not_their_keys(stocked):
    run("class SectionPurchases")
    stocked.crowd("tea", "jam", "fudge")
    stocked.bought(ANN, "tea")
    refresh()
    answer = recommend(key(ANN), "section", with_objects=True)
    # drinks was bought; gifts nobody's main section is, and only fills the list up
    assert {item.object.name for item in answer} == {"breakfast", "sweets", "gifts"}


@pytest.mark.parametrize(
    ("column", "model"),
    [("section", Section), ("section_id", Section), ("pk", Placing), ("position", None),
     ("section__name", None), ("section__pk", Section)],
    ids=lambda value: str(getattr(value, "__name__", value)),
)  # fmt: skip
def test_a_subquery_leads_where_its_column_does(column, model):
    subquery = Subquery(Placing.objects.filter(product=OuterRef("product")).values(column)[:1])
    assert related_model(Line, subquery) is model


@pytest.fixture
def every_section(stocked):
    """A lookup that repeats each line for each section of its product."""
    base = run("class ShopPurchases")["ShopPurchases"]
    items = {"section": "product__sections__id", "product": "product_id"}
    register(type("ShopPurchases", (base,), {"items": items, "__module__": "shop.clvrec"}))
    return stocked


def test_a_lookup_to_many_sections_is_an_error(every_section):
    found = [message for message in check_sources() if message.id == "clvrec.E009"]
    assert ["Choose one of them" in message.hint for message in found] == [True]


def test_lines_that_were_repeated_all_the_same_count_once(every_section):
    every_section.crowd("tea", "jam", "fudge")
    every_section.bought(ANN, "tea", "jam", days_ago=4, pence=150)
    report = refresh().report
    assert figures()[key(ANN)] == (4, 1, "3.0000", 4)
    assert report["lines_dropped"]["duplicated"] == report["lines_read"] - Line.objects.count()


def test_a_filter_that_repeats_lines_doubles_nothing(stocked):
    base = run("class ShopPurchases")["ShopPurchases"]
    lines = Line.objects.filter(product__sections__name__in=["breakfast", "sweets", "gifts"])
    register(type("ShopPurchases", (base,), {"queryset": lines, "__module__": "shop.clvrec"}))
    stocked.crowd("tea", "jam", "fudge")
    stocked.bought(ANN, "jam", days_ago=4, pence=150)
    refresh()
    assert figures()[key(ANN)] == (4, 1, "1.5000", 4)
    lines = get_source().lines_of(key(ANN))
    assert [line.revenue for line in lines] == [pytest.approx(1.5)]


@pytest.fixture
def remaining(shop):
    run("class RemainingPurchases")
    shop.crowd("tea", "jam", "oats")
    shop.bought(ANN, "tea", days_ago=3, pence=150)
    shop.bought(BOB, "tea", days_ago=3, pence=150)
    return shop


def hide(thing):
    type(thing)._base_manager.filter(pk=thing.pk).update(deleted_at=timezone.now())


def test_what_was_bought_counts_also_when_it_is_no_longer_sold(remaining):
    hide(remaining.product("tea"))
    refresh()
    assert figures()[key(ANN)] == (3, 1, "1.5000", 3)


def test_what_is_no_longer_sold_is_shown_nowhere_at_once(remaining):
    refresh()
    tea, jam = remaining.product("tea"), remaining.product("jam")

    def shown():
        lists = [
            recommend(key(ANN), "product"),
            recommend(key(ANN), "product", intent="again"),
            recommend(None, "product"),
            related([str(tea.pk)], "product"),
        ]
        return [{item.key for item in one} for one in lists]

    assert [str(jam.pk) in one for one in shown()] == [True, False, True, True]
    assert str(tea.pk) in shown()[1]
    hide(jam)
    hide(tea)
    assert set().union(*shown()) == {str(remaining.product("oats").pk)}


def test_a_line_that_was_deleted_was_not_bought(remaining):
    order = remaining.bought(ANN, "jam", days_ago=1, pence=900)
    hide(order.line_set.get())
    refresh()
    assert figures()[key(ANN)] == (3, 1, "1.5000", 3)
    assert len(get_source().lines_of(key(ANN))) == 1


def test_a_customer_who_was_deleted_is_gone_from_the_next_refresh(remaining):
    bob = Buyer.objects.get(email=BOB)
    assert str(bob.pk) in remaining_figures()
    hide(bob)
    assert str(bob.pk) not in remaining_figures()
    assert get_source().lines_of(str(bob.pk)) == []


def remaining_figures():
    refresh()
    return figures()
