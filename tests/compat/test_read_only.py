"""Servers of pages whose database user may only read: visitors and staff are answered."""

import json
import logging

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from django_clvrec import outages
from django_clvrec.models import CustomerScore, Feedback, ShownList, TierChange
from django_clvrec.policy import Policy
from django_clvrec.serving import customer_bought, recommend, tier_of
from tests.compat.page import PAGE
from tests.open_shop import OFTEN, TWICE, OpenShop
from tests.shelf import REPORT, Shelf, person, product

pytestmark = pytest.mark.servers
READER, PASSWORD = "clvrec_reader", "only-for-tests"
GRANTS = {
    "postgresql": (
        "CREATE ROLE {reader} LOGIN PASSWORD '{password}'",
        "GRANT USAGE ON SCHEMA public TO {reader}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}",
    ),
    "mysql": (
        "CREATE USER {reader}@'%' IDENTIFIED BY '{password}'",
        "GRANT SELECT ON {database}.* TO {reader}@'%'",
    ),
}
GONE = {
    "postgresql": ("DROP OWNED BY {reader}", "DROP ROLE {reader}"),
    "mysql": ("DROP USER {reader}@'%'",),
}


def run(statements):
    told = {"reader": READER, "password": PASSWORD}
    told["database"] = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one.format(**told))


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """Committed, and since then the tests' own connection is that of a user who may only read."""
    with django_db_blocker.unblock():
        shop = OpenShop().refresh()
        shop.before = tier_of(shop.key(TWICE), "corner")
        for number in range(12):
            shop.buy(TWICE, f"p{number:02}", price="900.00")
        user = person("boss", is_staff=True)
        user.is_superuser = True
        user.save()
        # visitors are shown the first source, which is the example shop's
        Shelf(report=REPORT).recommended(user, product("Oats"))
        shop.boss = Client(raise_request_exception=False)
        shop.boss.force_login(user)
        run(GRANTS[connection.vendor])
        owner = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
        connection.close()
        connection.settings_dict.update({"USER": READER, "PASSWORD": PASSWORD})
        try:
            yield shop
        finally:
            connection.close()
            connection.settings_dict.update(owner)
            run(GONE[connection.vendor])
            call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def asking(request):
    """What is committed stays for all of these tests, so none of them is in a transaction."""
    if "shop" in request.fixturenames:
        with request.getfixturevalue("django_db_blocker").unblock():
            yield
    else:
        yield


@pytest.fixture
def boss(shop):
    return shop.boss


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    """Nothing that failed in one test keeps another from asking."""
    for name in ("READING", "RECORDING", "VISITORS"):
        monkeypatch.setattr(getattr(outages, name), "_rests_until", 0.0)
    yield
    for name in ("READING", "RECORDING", "VISITORS"):
        getattr(outages, name).succeeded()


class NotTracking(Policy):
    def tracks(self, request):
        return False


@pytest.mark.django_db  # has the database made, also where these tests are run alone
def test_the_grants_are_those_of_the_page():
    for grant in GRANTS[connection.vendor][1:]:
        words = grant.partition(" TO ")[0].format(database="`shop`")
        assert words in PAGE


def test_the_user_may_only_read(shop):
    with pytest.raises(DatabaseError, match="denied"), transaction.atomic():
        ShownList.objects.update(level="")


@pytest.mark.parametrize("intent", ["discover", "again", "mixed"])
def test_lists_are_served(shop, intent):
    found = shop.ask(OFTEN, intent=intent)
    assert (found.source, found.is_standby) == ("stored", False)
    assert shop.ask().source == "popular"


def test_who_has_just_bought_is_served_and_a_log_tells_of_the_move(shop, caplog):
    caplog.set_level(logging.WARNING, logger="django_clvrec")
    assert customer_bought(shop.key(TWICE), "corner") != shop.before
    assert shop.ask(TWICE).source == "fold_in"
    assert "A tier change could not be recorded" in caplog.text
    assert not TierChange.objects.filter(cause="order").exists()


@pytest.mark.parametrize(
    "path",
    ["me/recommendations/", "popular/", "related/?items=p01", "customers/", "segments/",
     "leaderboard/", "snapshots/"],
)  # fmt: skip
def test_the_api_answers(boss, path):
    joint = "&" if "?" in path else "?"
    assert boss.get(f"/clvrec/v1/{path}{joint}source=corner").status_code == 200


def test_interests_are_answered(shop):
    body = json.dumps({"source": "corner", "level": "product", "items": ["p01"]})
    found = Client().post("/clvrec/v1/interests/", body, content_type="application/json")
    assert found.status_code in {200, 400}


def reported(client):
    """What a browser sends of a list that it got."""
    found = client.get("/clvrec/v1/me/recommendations/?level=product").json()
    body = json.dumps({"events": [{"list": found["list"], "kind": "shown"}]})
    return client.post("/clvrec/v1/events/", body, content_type="application/json")


def test_a_shelf_is_rendered(boss):
    assert "Oats" in boss.get("/").text


def test_feedback_is_refused_for_now_and_lists_go_on(shop, boss):
    found = reported(boss)
    assert found.status_code == 503, found.content
    assert (found.status_code, found.headers["Retry-After"]) == (503, "5")
    assert not Feedback.objects.exists()
    assert not shop.ask(OFTEN).is_standby


def test_who_writes_nothing_down_hands_out_no_tokens(boss, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.compat.test_read_only.NotTracking"}
    found = boss.get("/clvrec/v1/me/recommendations/?level=product").json()
    assert found["list"] == ""


def test_lists_that_explore_are_served(shop, settings):
    settings.CLVREC = settings.CLVREC | {"EXPLORATION": {"new": 0.5}}
    assert recommend(None, "product", source="corner", visitor="a").source == "popular"


def test_pages_of_the_back_office_answer(shop, boss):
    addresses = [reverse("admin:index"), reverse("admin:app_list", args=["clvrec"])]
    names = (
        "customerscore", "snapshot", "tierchange", "segmentchange", "merchandisingrule",
        "segmenttable", "experiment", "banditarm", "quarantine",
    )  # fmt: skip
    addresses += [reverse(f"admin:clvrec_{name}_changelist") for name in names]
    row = CustomerScore.objects.filter(customer_key=shop.key(OFTEN)).first()
    addresses.append(reverse("admin:clvrec_customerscore_change", args=[row.pk]))
    for address in addresses:
        assert boss.get(address, {"source": "corner"}, follow=True).status_code == 200, address


def test_a_key_that_the_cache_knows_is_answered_without_it(shop, settings):
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 60}
    cache.clear()
    assert shop.shown(OFTEN) == shop.shown(OFTEN) != []


def test_health_says_that_it_is_ready(shop):
    assert Client().get("/clvrec/health/ready/").status_code == 200
