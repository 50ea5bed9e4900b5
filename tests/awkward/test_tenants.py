"""Tenants in one table: each has snapshots, lists and items of its own."""

import re
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.template import Context, Template

import django_clvrec
from django_clvrec.models import Snapshot
from django_clvrec.orders import order_placed
from django_clvrec.serving import recommend, tier_of
from django_clvrec.shelves import RecommendedShelf, address_of, read_address
from django_clvrec.sources import registered
from tests.awkward.desk import Desk, figures, key, refresh, run
from tests.awkward_shop.models import Buyer, Product

ANN = "ann@example.com"
A, B = "a.example.com", "b.example.com"


@pytest.fixture
def tenants(shop, settings, policy, user):
    """The first sells tea, jam and oats, the other nuts, figs and dates; Ann buys at both."""
    settings.TENANTS = [A, B]
    settings.ALLOWED_HOSTS = [A, B]
    run("class TenantPurchases")
    policy(run("class TenantPolicy")["TenantPolicy"])
    a, b = Desk(A), Desk(B)
    a.crowd("tea", "jam", "oats")
    b.crowd("nuts", "figs", "dates")
    a.product("never bought")
    b.product("nor this")
    ann = user("ann")
    Buyer.of(ANN, ann)
    a.bought(ANN, "tea", days_ago=3, pence=150)
    for days_ago in (9, 6):
        b.bought(ANN, "nuts", days_ago=days_ago, pence=700)
    for host in (A, B):
        refresh(host)
    return ann


def names(keys):
    return {*Product.objects.filter(pk__in=keys).values_list("name", flat=True)}


def test_each_tenant_has_figures_of_its_own(tenants):
    assert [*registered()] == [A, B]
    assert figures(A)[key(ANN)] == (3, 1, "1.5000", 3)
    assert figures(B)[key(ANN)] == (6, 2, "14.0000", 9)
    assert len(figures(A)) == len(figures(B)) == 7
    assert Snapshot.objects.live(A).get().pk != Snapshot.objects.live(B).get().pk


@pytest.mark.parametrize(
    ("host", "again", "rest"),
    [
        (A, {"tea"}, {"jam", "oats", "never bought"}),
        (B, {"nuts"}, {"figs", "dates", "nor this"}),
    ],
    ids=["a", "b"],
)
def test_a_customer_of_both_sees_at_each_what_that_one_sells(tenants, ask, host, again, rest):
    assert names(ask(user=tenants, intent="again", host=host)) == again
    assert names(ask(host=host)) == rest


OF_B = {"nuts", "figs", "dates", "nor this"}


def item_of(name):
    return str(Product.objects.get(name=name).pk)


def test_no_endpoint_tells_a_visitor_of_one_what_another_sells(tenants, ask, client):
    lists = {
        "popular": names(ask("popular", host=B)),
        "me": names(ask(host=B)),
        "related": names(ask("related", items=item_of("nuts"), host=B)),
        "related to another's": names(ask("related", items=item_of("tea"), host=B)),
    }
    body = {"items": [item_of("nuts")], "level": "product"}
    answer = client.post("/clvrec/v1/interests/", body, "application/json", HTTP_HOST=B).json()
    lists["interests"] = names(item["key"] for item in answer["results"])
    assert all(found <= OF_B for found in lists.values()), lists
    assert lists["popular"] == lists["me"] == OF_B
    assert lists["related"]
    assert lists["interests"] == OF_B - {"nuts"}


TAGS = (
    '{% get_recommendations "product" n=10 as items %}',
    '{% popular_items "product" n=10 as items %}',
    '{% get_related nuts "product" n=10 as items %}',
)


@pytest.mark.parametrize("tag", TAGS, ids=["recommendations", "popular", "related"])
def test_tags_ask_the_source_of_the_request(tenants, rf, tag):
    request = rf.get("/", HTTP_HOST=B)
    request.user = tenants
    text = "{% load clvrec %}" + tag + "{% for item in items %}{{ item.object.name }},{% endfor %}"
    shown = Template(text).render(Context({"request": request, "nuts": item_of("nuts")}))
    found = {*filter(None, shown.split(","))}
    assert found
    assert found <= OF_B


@pytest.fixture
def plain_shelves(settings):
    """Without the templates of the example shop, which are of its products."""
    folder = Path(django_clvrec.__file__).parent / "templates"
    engine = {"DIRS": [folder], "APP_DIRS": False, "OPTIONS": {}}
    settings.TEMPLATES = [settings.TEMPLATES[0] | engine]


@pytest.mark.usefixtures("plain_shelves")
@pytest.mark.parametrize(
    "tag",
    ['{% recommendations "product" title="You" %}', '{% related nuts "product" title="With" %}'],
    ids=["recommendations", "related"],
)
def test_shelves_ask_the_source_of_the_request(tenants, rf, tag):
    request = rf.get("/", HTTP_HOST=B)
    request.user, request.session = tenants, SessionStore()
    context = Context({"request": request, "nuts": item_of("nuts")})
    html = Template("{% load clvrec %}" + tag).render(context)
    shown = {int(found) for found in re.findall(r'data-clvrec-item="(\d+)"', html)}
    assert shown
    assert names(shown) <= OF_B


def test_a_tier_is_that_of_the_tenant(tenants, rf):
    tiers = []
    for host in (A, B):
        request = rf.get("/", HTTP_HOST=host)
        request.user = tenants
        text = "{% load clvrec %}{% customer_tier as t %}{{ t }}"
        tiers.append(Template(text).render(Context({"request": request})))
    assert tiers == [tier_of(key(ANN), A), tier_of(key(ANN), B)]
    assert tiers[0] == "new"
    assert tiers[1] != "new"


@pytest.mark.usefixtures("plain_shelves")
def test_a_shelf_that_is_fetched_is_answered_by_whose_host_it_is(tenants, client):
    address = address_of(RecommendedShelf(level="product", title="You", source=A))
    assert A not in address
    html = client.get(address, HTTP_HOST=B).content.decode()
    assert "figs" in html or item_of("figs") in html
    assert "oats" not in html


def test_an_address_says_nothing_of_the_source(tenants):
    signed = address_of(RecommendedShelf(level="product", source=A)).rstrip("/").rpartition("/")[2]
    assert read_address(signed).source is None
    assert read_address(signed, B).source == B


def test_an_order_changes_what_its_own_tenant_recommends(tenants):
    desk = Desk(A)
    order = desk.order(ANN, days_ago=-1)
    desk.line(order, "jam", 100)
    order_placed(order.buyer_id, source=A)
    assert "jam" not in names(item.key for item in recommend(key(ANN), "product", source=A))
    assert "figs" in names(item.key for item in recommend(key(ANN), "product", source=B))


def test_each_tenant_is_refreshed_every_night(tenants):
    schedule = run("CELERY_BEAT_SCHEDULE")["CELERY_BEAT_SCHEDULE"]
    told = {(entry["task"], entry["kwargs"]["source"]) for entry in schedule.values()}
    assert told == {
        (task, host) for task in ("clvrec.refresh", "clvrec.attribute") for host in (A, B)
    }


@pytest.fixture
def seller(tenants, settings, policy, client, user):
    """Somebody of the first tenant's who may see Ann, and nobody else."""
    base = run("class TenantPolicy")["TenantPolicy"]

    class SellersPolicy(base):
        def may_inspect(self, request):
            return False

        def may_inspect_customer(self, request, customer_key):
            return customer_key == key(ANN)

    policy(SellersPolicy)
    client.force_login(user("seller"))
    return client


@pytest.mark.parametrize("rest", ["", "recommendations/"])
def test_who_sees_a_customer_of_one_tenant_does_not_see_them_at_another(seller, rest):
    path = f"/clvrec/v1/customers/{key(ANN)}/{rest}"
    assert seller.get(path, headers={"host": A}).status_code == 200
    assert seller.get(path, {"source": A}, headers={"host": A}).status_code == 200
    there = seller.get(path, {"source": B}, headers={"host": A})
    nobody = seller.get(path.replace(key(ANN), "nobody"), headers={"host": A})
    assert (there.status_code, there.content) == (nobody.status_code, nobody.content)


def test_staff_are_answered_of_the_tenant_whose_host_they_ask(tenants, admin_client):
    path = f"/clvrec/v1/customers/{key(ANN)}/"
    found = {
        host: admin_client.get(path, headers={"host": host}).json()["frequency"] for host in (A, B)
    }
    assert found == {A: 1, B: 2}
