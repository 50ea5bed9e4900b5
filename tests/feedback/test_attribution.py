"""Which list a purchase is put down to."""

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from django_clvrec.feedback import (
    Subject,
    attribute,
    attribute_all,
    feedback_recorded,
    read_token,
    token_for,
)
from django_clvrec.models import Feedback, ShownList
from django_clvrec.privacy import erase
from django_clvrec.sources import PurchasedLine, PurchaseSource, get_source
from django_clvrec.tasks import attribute as attribute_task
from tests.feedback.conftest import clicked, shown, subject_of
from tests.shelf import bought, key_of, product

DAY = dt.timedelta(days=1)
VISITOR = Subject(key="session:1", is_customer=False)


@pytest.fixture
def see(answer, ann, send):
    """A list comes into view so many days ago, and items of it are clicked; its id."""

    def see(days_ago, *items, by=None):
        by = by or subject_of(ann)
        token = token_for(answer, subject=by)
        events = [shown(token), *(clicked(token, item) for item in items)]
        send(*events, by=by, now=timezone.now() - days_ago * DAY)
        return read_token(token).list_id

    return see


@pytest.fixture
def by_what_is_shown(settings):
    settings.CLVREC = settings.CLVREC | {"ATTRIBUTION": "shown"}


def sales():
    return set(Feedback.objects.filter(kind="bought").values_list("shown_list", "item_key"))


def test_a_purchase_is_put_down_to_the_click(see, ann, goods):
    oats = goods[0]
    seen = see(1, oats)
    order = bought(ann, oats)
    assert attribute(key_of(ann)) == 1
    row = Feedback.objects.get(kind="bought")
    assert (row.shown_list_id, row.item_key, row.rank) == (seen, key_of(oats), 1)
    assert (row.value, row.at) == (Decimal(2), order.placed_at)


@pytest.mark.parametrize("stays_out", [True, False])
def test_who_was_erased_is_not_tied_to_a_visitors_clicks(see, ann, goods, stays_out):
    see(1, goods[0], by=VISITOR)
    erase(key_of(ann), stays_out=stays_out)
    bought(ann, goods[0])
    assert attribute(key_of(ann), visitor_key=VISITOR.key) == 0
    assert sales() == set()


def test_the_last_click_wins(see, ann, goods):
    see(3, goods[0])
    last = see(1, goods[0])
    see(0.5)  # shown later, but not clicked
    bought(ann, goods[0])
    attribute(key_of(ann))
    assert sales() == {(last, key_of(goods[0]))}


def test_what_is_clicked_after_the_purchase_did_not_lead_to_it(see, ann, goods):
    bought(ann, goods[0])
    see(-1, goods[0])
    assert attribute(key_of(ann), now=timezone.now() + 2 * DAY) == 0


@pytest.mark.parametrize(("days_ago", "found"), [(6.9, 1), (7.1, 0)])
def test_a_click_leads_to_purchases_for_some_days(see, ann, goods, days_ago, found):
    see(days_ago, goods[0])
    bought(ann, goods[0])
    assert attribute(key_of(ann)) == found


def test_the_days_are_a_setting(see, ann, goods, settings):
    settings.CLVREC = settings.CLVREC | {"ATTRIBUTION_DAYS": 2}
    see(3, goods[0])
    bought(ann, goods[0])
    assert attribute(key_of(ann)) == 0


def test_what_was_only_shown_counts_where_the_setting_says_so(see, ann, goods, settings):
    seen = see(1)
    bought(ann, goods[0])
    assert attribute(key_of(ann)) == 0
    settings.CLVREC = settings.CLVREC | {"ATTRIBUTION": "shown"}
    assert attribute(key_of(ann)) == 1
    assert sales() == {(seen, key_of(goods[0]))}


def test_a_click_comes_before_what_was_only_shown(see, ann, goods, by_what_is_shown):
    seen = see(3, goods[0])
    later = see(1)
    bought(ann, goods[0], goods[1])
    attribute(key_of(ann))
    assert sales() == {(seen, key_of(goods[0])), (later, key_of(goods[1]))}


def test_what_was_not_in_a_list_is_nobodys_merit(see, ann, by_what_is_shown):
    see(1)
    bought(ann, product("Beans"))
    assert attribute(key_of(ann)) == 0


def test_it_can_be_called_again(see, ann, goods):
    see(1, goods[0])
    bought(ann, goods[0])
    assert [attribute(key_of(ann)) for _ in range(3)] == [1, 0, 0]


def test_an_item_counts_once_in_a_list_however_often_it_is_bought(see, ann, goods):
    seen = see(1, goods[0])
    first = bought(ann, goods[0])
    bought(ann, goods[0])
    attribute(key_of(ann))
    assert sales() == {(seen, key_of(goods[0]))}
    assert Feedback.objects.get(kind="bought").at == first.placed_at


def test_lines_of_one_order_are_added_up(see, ann, goods):
    see(1, goods[0])
    bought(ann, goods[0], goods[0])
    attribute(key_of(ann))
    assert Feedback.objects.get(kind="bought").value == Decimal(4)


def test_a_visitor_who_became_a_customer(see, ann, goods):
    seen = see(1, goods[0], by=VISITOR)
    bought(ann, goods[0])
    assert attribute(key_of(ann)) == 0
    assert attribute(key_of(ann), visitor_key=VISITOR.key) == 1
    assert sales() == {(seen, key_of(goods[0]))}


def test_a_customer_whose_key_is_that_of_a_visitor_is_another(see, ann, goods):
    see(1, goods[0], by=Subject(key=key_of(ann), is_customer=False))
    bought(ann, goods[0])
    assert attribute(key_of(ann)) == 0


def test_what_learns_is_told_of_purchases_too(see, ann, goods):
    told = []

    def learn(sender, shown, feedback, **_):
        told.extend((row.kind, row.shown_list.level, row.item_key) for row in feedback)

    see(1, goods[0])
    bought(ann, goods[0])
    feedback_recorded.connect(learn)
    try:
        attribute(key_of(ann))
        attribute(key_of(ann))
    finally:
        feedback_recorded.disconnect(learn)
    assert told == [("bought", "product", key_of(goods[0]))]


def test_the_queries_of_a_checkout_are_few(see, ann, goods, django_assert_num_queries):
    see(1, *goods)
    bought(ann, *goods)
    # clicks, purchases; an insert and what it stored; begin and end
    with django_assert_num_queries(6):
        assert attribute(key_of(ann)) == 3


def test_a_checkout_without_a_list_takes_one_query(ann, goods, django_assert_num_queries):
    bought(ann, *goods)
    with django_assert_num_queries(1):
        assert attribute(key_of(ann)) == 0


@pytest.mark.parametrize("count", [attribute_all, partial(attribute_task.delay)])
def test_everybody_at_once(see, ann, goods, monkeypatch, count):
    monkeypatch.setattr("django_clvrec.feedback.attribution.BATCH_CUSTOMERS", 2)
    see(1, goods[0])
    bought(ann, goods[0])
    for key in ("a", "b", "c", "d", "e"):
        see(1, goods[0], by=Subject(key=key, is_customer=True))
    made = count()
    assert getattr(made, "result", made) == 1
    assert attribute_all() == 0


def test_everybody_at_once_by_what_is_shown(see, ann, goods, by_what_is_shown):
    see(1)
    bought(ann, goods[2])
    assert attribute_all() == 1


# what a source says


def line(at, revenue="2", **items):
    return PurchasedLine(order="1", at=at, revenue=Decimal(revenue), items=items)


@pytest.fixture
def bought_on(monkeypatch, goods):
    def bought_on(at, revenue="2"):
        lines = [line(at, revenue, product=key_of(goods[0]), category=None)]
        monkeypatch.setattr(PurchaseSource, "lines_of", lambda *_: lines)

    return bought_on


def test_a_date_without_a_time_is_its_whole_day(see, ann, goods, bought_on):
    see(0, goods[0])
    bought_on(timezone.now().date())
    assert attribute(key_of(ann)) == 1


@pytest.mark.parametrize("ahead", [2 * DAY, dt.timedelta(hours=1)])
def test_what_is_yet_to_be_bought_does_not_count(see, ann, goods, bought_on, ahead):
    see(0, goods[0])
    bought_on(timezone.now() + ahead)
    assert attribute(key_of(ann)) == 0
    bought_on((timezone.now() + 2 * DAY).date())
    assert attribute(key_of(ann)) == 0


def test_revenue_that_is_no_number_does_not_count(see, ann, goods, bought_on):
    see(0, goods[0])
    bought_on(timezone.now(), "NaN")
    assert attribute(key_of(ann)) == 0


def test_a_source_tells_the_lines_since_a_moment(stock, as_of):
    corner, ann = get_source("corner"), stock.customer()
    stock.bought(ann, "apple", days_ago=9)
    stock.line(stock.order(ann, days_ago=2), "pear", "1.50", 2)
    stock.line(stock.order(ann, days_ago=1), "fig", is_refunded=True)
    stock.bought(stock.customer(), "plum", days_ago=1)
    [found] = corner.lines_of(str(ann.pk), as_of - 3 * DAY)
    assert (found.at, found.revenue) == (as_of - 2 * DAY, Decimal("3.0000"))
    assert found.items["product"] == "pear"
    assert found.items.keys() == {"category", "product", "brand"}


def test_a_key_of_another_type_bought_nothing(stock, as_of):
    assert get_source("corner").lines_of("no uuid", as_of) == []


@pytest.mark.django_db
def test_shown_lists_are_untouched(see, ann, goods):
    see(1, goods[0])
    before = list(ShownList.objects.values())
    bought(ann, goods[0])
    attribute(key_of(ann))
    assert list(ShownList.objects.values()) == before
