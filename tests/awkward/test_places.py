"""Orders in another database than everything else, and shops far from Greenwich."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_clvrec.core.tiers import Scale
from django_clvrec.models import Snapshot
from django_clvrec.serving import recommend, tier_of, visit
from django_clvrec.serving.visit import Visit
from django_clvrec.sources import get_source, register
from tests.awkward.desk import AS_OF, Desk, figures, key, refresh, run, snippet
from tests.awkward_shop.models import Line, Order
from tests.second import second_database

ANN, ALIAS = "ann@example.com", "orders"
AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.fixture(scope="module")
def orders_database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), second_database(ALIAS) as connection:
        yield connection


class Router:
    """That of the page, for a shop whose label is another."""

    def __new__(cls):
        names = {}
        exec(snippet("class OrdersRouter").replace('"shop"', '"awkward_shop"'), names)  # noqa: S102
        return names["OrdersRouter"]()


@pytest.fixture
def apart(orders_database, shop, settings):
    """A shop whose orders are in a database of their own; those in the first one are of nobody."""
    run("class ShopPurchases")
    Desk("wrong").bought("wrong@example.com", "tea", days_ago=1)
    settings.DATABASE_ROUTERS = [f"{__name__}.Router"]
    desk = Desk()
    desk.crowd("tea", "jam", "oats")
    for days_ago in (8, 3):
        desk.bought(ANN, "tea", days_ago=days_ago, pence=150)
    return desk


two_databases = pytest.mark.django_db(databases=["default", ALIAS])


@two_databases
def test_orders_are_read_from_their_own_database(apart):
    refresh()
    assert figures()[key(ANN)] == (3, 2, "3.0000", 8)
    assert len(figures()) == 7
    assert Snapshot.objects.db == "default"
    assert Snapshot.objects.using("default").count() == 1
    assert Snapshot.objects.using(ALIAS).count() == 0


@two_databases
def test_visitors_get_objects_of_one_database_by_lists_of_the_other(apart):
    refresh()
    before = recommend(key(ANN), "product", with_objects=True)
    assert {item.object.name for item in before} == {"jam", "oats"}
    apart.line(apart.order(ANN, at=timezone.now()), "jam", 100)
    after = recommend(key(ANN), "product", with_objects=True)
    assert {item.object.name for item in after} == {"oats"}


@two_databases
def test_no_statement_asks_one_database_for_tables_of_the_other(apart):
    refresh()
    with (
        CaptureQueriesContext(connections["default"]) as ours,
        CaptureQueriesContext(connections[ALIAS]) as theirs,
    ):
        recommend(key(ANN), "product")
    asked = [[query["sql"] for query in one.captured_queries] for one in (ours, theirs)]
    assert ["clvrec_recommendation" in "".join(statements) for statements in asked] == [True, False]
    assert ["awkward_shop_line" in "".join(statements) for statements in asked] == [False, True]


@two_databases
def test_the_admin_finds_customers_of_the_other_database(apart, admin_client):
    refresh()
    assert {*get_source().customers_in_bulk([key(ANN)])} == {key(ANN)}
    page = admin_client.get("/admin/clvrec/customerscore/")
    assert key(ANN) in page.content.decode()


@pytest.fixture
def auckland(shop, settings):
    """Thirteen hours before Greenwich in summer, twelve in winter."""
    settings.TIME_ZONE = "Pacific/Auckland"
    run("class ShopPurchases")
    return shop


def test_days_are_those_of_utc(auckland):
    local = dt.datetime(2026, 6, 28, 9, tzinfo=AUCKLAND)  # 21:00 on the 27th in UTC
    auckland.line(auckland.order(ANN, at=local), "tea", 100)
    # clocks went back on April 5: the 3rd at 12:30 local time is the 2nd in UTC
    spring = dt.datetime(2026, 4, 3, 12, 30, tzinfo=AUCKLAND)
    auckland.line(auckland.order(ANN, at=spring), "tea", 100)
    refresh()
    # from June 27 and from April 2 to July 1
    assert figures()[key(ANN)] == (4, 2, "2.0000", 90)


def test_the_hour_that_there_is_twice_holds_two_orders(auckland):
    for fold in (0, 1):
        twice = dt.datetime(2026, 4, 5, 2, 30, fold=fold, tzinfo=AUCKLAND)
        auckland.line(auckland.order(ANN, at=twice), "tea", 100)
    refresh()
    assert figures()[key(ANN)] == (88, 2, "2.0000", 88)
    first, last = sorted(line.at for line in get_source().lines_of(key(ANN)))
    assert last - first == dt.timedelta(hours=1)


@pytest.fixture
def dated(auckland):
    """Orders that have a date and no time."""
    base = type(get_source())
    register(
        type(
            base.__name__,
            (base,),
            {"purchased_at": "order__placed_on", "__module__": "shop.clvrec"},
        )
    )
    for day in (dt.date(2026, 6, 28), dt.date(2026, 4, 3)):
        order = auckland.order(ANN)
        Order.objects.filter(pk=order.pk).update(placed_on=day)
        auckland.line(order, "tea", 100)


def test_a_date_counts_from_midnight_where_the_shop_is(dated):
    refresh()
    # midnight of June 28 and of April 3 are on the day before in UTC
    assert figures()[key(ANN)] == (4, 2, "2.0000", 90)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def test_a_zone_that_is_active_where_a_refresh_starts_moves_no_order(dated, zone):
    with timezone.override(zone):
        refresh()
    assert figures()[key(ANN)] == (4, 2, "2.0000", 90)


@pytest.mark.parametrize(
    ("zone", "days"), [("Pacific/Auckland", 4), ("America/Los_Angeles", 3)], ids=["east", "west"]
)
def test_a_visit_counts_days_as_a_refresh_does(dated, settings, monkeypatch, zone, days):
    settings.TIME_ZONE = zone
    Desk().crowd("tea", "jam")
    Order.objects.filter(placed_on=None).update(placed_on=dt.date(2026, 5, 1))
    refresh()
    assert figures()[key(ANN)][0] == days
    counted = []
    monkeypatch.setattr(visit, "now", lambda: AS_OF)
    monkeypatch.setattr(Visit, "has_bought_since", True)
    monkeypatch.setattr(Scale, "tier", lambda _, recency, *_rest: counted.append(recency) or "low")
    tier_of(key(ANN))
    assert counted == [days]


@pytest.fixture
def local_times(auckland, monkeypatch):
    """A database in which another program writes the times of its clock."""
    database = connections["default"]

    def reset():
        for name in ("timezone", "timezone_name"):
            vars(database).pop(name, None)
        database.ensure_timezone()

    with monkeypatch.context() as changes:
        changes.setitem(database.settings_dict, "TIME_ZONE", "Pacific/Auckland")
        reset()
        yield auckland
    reset()


def test_a_database_of_local_times_is_read_as_such(local_times):
    order = local_times.order(ANN)
    local_times.line(order, "tea", 100)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "UPDATE awkward_shop_order SET placed_at = '2026-06-28 09:00:00' WHERE id = %s",
            [order.pk],
        )
    refresh()
    assert figures()[key(ANN)] == (4, 1, "1.0000", 4)
    [line] = get_source().lines_of(key(ANN))
    assert line.at == dt.datetime(2026, 6, 27, 21, tzinfo=dt.UTC)


def test_times_without_a_zone_are_those_of_the_shop(auckland, settings):
    settings.USE_TZ = False
    for at in (dt.datetime(2026, 6, 28, 9), dt.datetime(2026, 4, 5, 2, 30)):  # noqa: DTZ001
        auckland.line(auckland.order(ANN, at=at), "tea", 100)
    with timezone.override("America/Los_Angeles"):
        refresh()
    # June 27, 21:00 and April 4, 13:30 in UTC
    assert figures()[key(ANN)] == (4, 2, "2.0000", 88)
    assert Line.objects.count() == 2
    assert AS_OF.date() - dt.timedelta(days=88) == dt.date(2026, 4, 4)
