"""Every address of the admin's pages here × every method × everybody, against the table."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse

from django_clvrec.models import (
    BanditArm,
    CustomerGroup,
    CustomerScore,
    Experiment,
    MerchandisingRule,
    Quarantine,
    SegmentChange,
    SegmentTable,
    TierChange,
)
from tests.access.people import client_of
from tests.access.routes import METHODS, of_admin
from tests.access.table import ADMIN, NOBODY
from tests.shelf import AS_OF, Shelf

LOGIN, FRONT = reverse("admin:login"), reverse("admin:index")
SOURCE = "ShopPurchases"


@pytest.fixture
def rows(shelf):
    """One row of each model; the older snapshot can go live."""
    moved = {"source": SOURCE, "customer_key": "7", "changed_at": AS_OF}
    moved["snapshot_id"] = shelf.snapshot.pk
    return {
        "customerscore": CustomerScore.objects.get(customer_key="7").pk,
        "snapshot": Shelf(is_live=False).snapshot.pk,
        "tierchange": TierChange.objects.create(
            **moved, from_tier="mid", to_tier="high", cause="order"
        ).pk,
        "segmentchange": SegmentChange.objects.create(**moved, to_segment="lost").pk,
        "banditarm": BanditArm.objects.create(
            level="product", item_key="1", updated_at=dt.datetime.now(dt.UTC)
        ).pk,
        "quarantine": Quarantine.objects.create(
            source=SOURCE,
            level="product",
            item_key="1",
            first_day=AS_OF.date(),
            last_day=AS_OF.date(),
            days=7,
            orders_before=0,
            buyers=9,
            newcomers=9,
            usual=0.1,
            chance=0.0001,
            snapshot_id=shelf.snapshot.pk,
        ).pk,
        "merchandisingrule": MerchandisingRule.objects.create(
            name="rule", source=SOURCE, level="product", action="hide", items=["1"]
        ).pk,
        "segmenttable": SegmentTable.objects.create(source=SOURCE, rules=[]).pk,
        "experiment": Experiment.objects.create(key="one", name="One", variants=[]).pk,
        "groups": CustomerGroup.objects.create(name="g", source=SOURCE, conditions={}).pk,
    }


def address(route, rows):
    model = "groups" if "groups/" in route else route.partition("/")[0]
    row = f"{rows[model]}"
    for name in ("<path:object_id>", "<int:pk>"):
        route = route.replace(name, row)
    picture = {"<slug:key>": "tiers", "<slug:form>": "csv"}
    for name, value in picture.items():
        route = route.replace(name, value)
    return f"/admin/clvrec/{route}"


def ask(client, method, route, rows):
    """What happens is undone, so that the order of the walk does not matter."""
    # of an unknown source no refresh is started
    source = "nowhere" if "refresh" in route else SOURCE
    body = f"source={source}&name=new" if method == "POST" else ""
    form = "application/x-www-form-urlencoded"
    with transaction.atomic():
        found = client.generic(method, address(route, rows), body, content_type=form)
        if found.streaming:  # read to its end, which closes it as a server does
            b"".join(found.streaming_content)
        transaction.set_rollback(True)
    return found


def is_refused(found):
    """Django says of a row without a page that there is none, on the way to the admin's front."""
    return found.status_code in {403, 405} or found.headers.get("Location") == FRONT


def is_right(line, method, found, held):
    """Whether an answer is what the table says, for who holds these permissions."""
    method = "GET" if method == "HEAD" and found.status_code != 405 else method
    if not {*line.needs} <= held:
        return is_refused(found)
    if method not in line.methods.split():
        # Django's own pages read, whatever the method that they do not know
        return found.status_code in {200, 302, 405}
    if not {*line.also.get(method, ())} <= held:
        return found.status_code == 403
    return found.status_code in {200, 302} and not is_refused(found)


def permissions_of(client):
    user = client.get("/admin/").wsgi_request.user
    return {one.removeprefix("clvrec.") for one in user.get_all_permissions()}


def wrong(client, rows, lines):
    held = permissions_of(client)
    return {
        (route, method): found.status_code
        for route, line in lines.items()
        for method in METHODS
        if not is_right(line, method, found := ask(client, method, route, rows), held)
    }


def test_every_address_has_a_line_in_the_table():
    assert of_admin() == {*ADMIN}


@pytest.mark.parametrize("role", ["anonymous", "customer", "permissions only", "token of staff"])
def test_who_is_not_signed_in_as_staff_is_asked_to_sign_in(rows, role):
    client = client_of(role)
    for route in ADMIN:
        for method in METHODS:
            found = ask(client, method, route, rows)
            assert found.status_code == 302, (route, method)
            assert found.headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize("role", ["staff", "staff of another app", "staff with all"])
def test_staff_get_what_the_table_says(rows, role):
    assert wrong(client_of(role), rows, ADMIN) == {}


def needed():
    lines = ADMIN.values()
    found = {one for line in lines for one in (*line.needs, *sum(line.also.values(), ()))}
    return sorted(found - {*NOBODY})


@pytest.mark.parametrize("but", needed())
def test_each_permission_is_needed(rows, but):
    lines = {
        route: line
        for route, line in ADMIN.items()
        if but in (*line.needs, *sum(line.also.values(), ()))
    }
    assert wrong(client_of("staff with all", but), rows, lines) == {}


def test_a_superuser_may_everything_that_is_offered(rows, admin_client):
    for route, line in ADMIN.items():
        for method in line.methods.split():
            if NOBODY not in (line.needs, line.also.get(method)):
                assert ask(admin_client, method, route, rows).status_code != 403, (route, method)
