"""Every address of the API × every method × everybody who may ask, against the table."""

import json
from itertools import chain

import pytest
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.views import APIView

from django_clvrec.api import urls
from django_clvrec.shelves import RecommendedShelf, address_of
from tests.access.conftest import KEY
from tests.access.people import INSIDE, MAY_ALL, OUTSIDE, client_of
from tests.access.routes import METHODS, of_api
from tests.access.table import API, NOWHERE, OPERATORS
from tests.policies import OnlyListed

BODIES = {"v1/interests/": {"items": ["1"]}, "v1/events/": {"events": []}}
SECRETS = ("4711", "1234.5", "champions", "Truffles", "Caviar", '"high"')


def address(route):
    if route.startswith("shelf/"):
        return address_of(RecommendedShelf(level="product"))
    query = "?items=1" if "related" in route else ""
    return f"/clvrec/{route}".replace("<key>", KEY).replace("<rest>", "no/such") + query


def ask(client, method, route):
    body = json.dumps(BODIES.get(route, {}))
    return client.generic(method, address(route), body, content_type="application/json")


def expected(line, method, has):
    if not has({*line.needs, *line.also.get(method, ())}):
        return 403
    wanted = (*line.methods.split(), "OPTIONS", *(["HEAD"] if "GET" in line.methods else []))
    return 200 if method in wanted else 405


def everything(needs):
    return True


def nothing(needs):
    return not needs


def rights(role):
    return everything if role in MAY_ALL else nothing


def wrong(client, has):
    """What the table does not say; `has` tells whether somebody has all permissions of a set."""
    return {
        (route, method): found.status_code
        for route, line in API.items()
        for method in METHODS
        if (found := ask(client, method, route)).status_code != expected(line, method, has)
    }


def test_every_address_has_a_line_in_the_table():
    assert of_api() == {*API, *NOWHERE, *OPERATORS}


@pytest.mark.parametrize("role", [*OUTSIDE, *INSIDE])
def test_everybody_gets_what_the_table_says(shelf, tokens, role):
    assert wrong(client_of(role), rights(role)) == {}


def needed():
    every = ((*line.needs, *chain(*line.also.values())) for line in API.values())
    return sorted({*chain(*every)})


@pytest.mark.parametrize("but", needed())
def test_each_permission_is_needed(shelf, but):
    assert wrong(client_of("staff with all", but), lambda needs: but not in needs) == {}


@pytest.mark.parametrize("default", [AllowAny, IsAdminUser])
def test_what_the_shop_allows_by_default_changes_nothing(shelf, tokens, monkeypatch, default):
    monkeypatch.setattr(APIView, "permission_classes", (default,))
    for role in ("anonymous", "customer", "staff", "staff with all"):
        assert wrong(client_of(role), rights(role)) == {}


def test_where_the_api_knows_nobody_all_are_visitors(shelf, monkeypatch):
    monkeypatch.setattr(APIView, "authentication_classes", ())
    assert wrong(client_of("staff with all"), nothing) == {}


def test_no_endpoint_takes_its_bounds_from_the_shop():
    wanted = ("permission_classes", "parser_classes", "throttle_classes", "versioning_class")
    for one in (*urls.v1, *urls.urlpatterns[1:]):
        if str(one.pattern) in OPERATORS:
            continue
        view = one.callback.view_class
        mine = [base for base in view.__mro__ if base.__module__.startswith("django_clvrec")]
        if view.__name__ != "Nothing":
            assert [name for name in wanted if not any(name in vars(base) for base in mine)] == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", NOWHERE)
def test_where_there_is_nothing_everybody_gets_the_same_json(shelf, route, method):
    found = {
        ask(client_of(role), method, route).content for role in ("anonymous", "staff with all")
    }
    assert found == ({b""} if method == "HEAD" else {b'{"detail":"There is no such address."}'})


@pytest.mark.parametrize("role", [*OUTSIDE, *INSIDE])
@pytest.mark.parametrize("route", OPERATORS)
def test_a_probe_may_only_read(shelf, role, route):
    client = client_of(role)
    found = {method: client.generic(method, f"/clvrec/{route}").status_code for method in METHODS}
    is_read = [found.pop(method) for method in ("GET", "HEAD")]
    assert {*is_read} <= ({404} if route == "metrics/" else {200, 503})
    assert {*found.values()} == {405}


# what others have


@pytest.mark.parametrize("role", ["anonymous", "other customer", "token of a customer", "staff"])
def test_nobody_gets_anything_of_another_customer(shelf, tokens, role, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": f"{OnlyListed.__module__}.OnlyListed"}
    client = client_of(role)
    for route in API:
        for method in METHODS:
            said = ask(client, method, route)
            told = said.text + str(said.headers)
            assert not [one for one in SECRETS if one in told], (route, method)


@pytest.mark.parametrize("role", [*OUTSIDE, "staff"])
def test_a_refusal_is_the_same_whether_or_not_there_is_such_a_customer(shelf, tokens, role):
    client = client_of(role)
    for method in METHODS:
        for rest in ("", "recommendations/"):
            here, nowhere = (
                client.generic(method, f"/clvrec/v1/customers/{key}/{rest}") for key in (KEY, "no")
            )
            assert (here.status_code, here.content, sorted(here.headers.items())) == (
                nowhere.status_code, nowhere.content, sorted(nowhere.headers.items()),
            )  # fmt: skip


@pytest.mark.parametrize("role", [*OUTSIDE, "staff"])
def test_nobody_asks_for_a_list_of_another_customer(shelf, tokens, role):
    client = client_of(role)
    told = [
        client.post("/clvrec/v1/interests/", {"items": ["1"], "customer": key}, "application/json")
        for key in ("9", "no")
    ]
    assert [one.status_code for one in told] == [403, 403]
    assert told[0].content == told[1].content
