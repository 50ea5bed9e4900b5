"""What `docs/how-to/api.md` says is true."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from rest_framework.throttling import SimpleRateThrottle

from django_clvrec.admin.explorer import views
from django_clvrec.api import base, events, pages, parsers, serializers, urls
from django_clvrec.conf import RATES, get_config
from django_clvrec.exports import places
from django_clvrec.groups import form
from django_clvrec.models import KEY_LENGTH
from django_clvrec.office import bounds
from tests.access.table import API

PAGE = (Path(__file__).parent.parent / "docs/how-to/api.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def section(title):
    return PAGE[PAGE.index(f"\n## {title}\n") :].split("\n## ", 2)[1]


def rows(title):
    lines = re.findall(r"^\| (.+) \|$", section(title), re.MULTILINE)
    return [line.split(" | ") for line in lines[1:]]


def test_every_address_method_and_whom_it_is_for_is_told():
    told = {
        route.strip("`"): (method, who.startswith("staff"))
        for route, method, who in rows("Endpoints")
    }
    assert told == {
        route.replace("<str:signed>", "<signed>"): (line.methods, bool(line.needs))
        for route, line in API.items()
    }


def test_the_first_address_is_where_it_is_said_to_be():
    assert reverse("clvrec:popular") in PAGE


def test_limits_are_those_of_the_code():
    told = {what: re.findall(r"[\d,]*\d", limit) for what, limit, _ in rows("Limits")}
    assert [*told.values()] == [
        [f"{one:,}" for one in several]
        for several in (
            (get_config()["LIST_LENGTH"],),
            (serializers.MOST_KEYS, KEY_LENGTH),
            (base.MOST_QUERY, 1000),
            (parsers.MOST_BYTES, parsers.MOST_DEEP),
            (events.MOST_EVENTS,),
            (KEY_LENGTH,),
            (pages.Pages.max_page_size, pages.SnapshotPages.max_page_size),
            (bounds.MOST_ROWS,),
            (form.MOST_VALUES,),
            (views.MOST_QUERY,),
            (places.OF_ONE, places.OF_ALL),
        )
    ]
    assert f"{places.SECONDS} seconds" in PAGE


def test_scopes_and_what_holds_without_a_setting_are_those_of_the_code():
    told = {scope.strip("`"): rate for scope, _, rate in rows("Rates")}
    assert told == {scope: rate or "none" for scope, rate in RATES.items()}
    views_of = {
        one.callback.view_class.throttle_scope
        for one in (*urls.v1, *urls.urlpatterns[1:])
        if hasattr(getattr(one.callback, "view_class", None), "throttle_scope")
    }
    assert views_of == {*RATES}


def test_the_rates_to_copy_can_be_read():
    found = {}
    exec(CODE[2], found)  # noqa: S102
    rates = found["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]
    assert rates.keys() == RATES.keys()
    reader = SimpleRateThrottle.__new__(SimpleRateThrottle)
    assert all(reader.parse_rate(rate)[1] == 60 for rate in rates.values())


@pytest.mark.parametrize(
    ("is_superuser", "sees"), [(True, (True, True)), (False, (False, True))], ids=["all", "some"]
)
def test_the_policy_of_a_marketplace_shows_some_to_some(rf, django_user_model, is_superuser, sees):
    found = {"has_bought_from": lambda _user, key: key == "mine"}
    exec(CODE[1], found)  # noqa: S102
    request = rf.get("/")
    request.user = django_user_model(is_staff=True, is_superuser=is_superuser)
    policy = found["MarketPolicy"]()
    assert (policy.may_inspect(request), policy.may_inspect_customer(request, "mine")) == sees
    assert policy.may_inspect_customer(request, "other") == is_superuser


def test_every_page_that_is_linked_exists():
    folder = Path(__file__).parent.parent / "docs/how-to"
    linked = re.findall(r"\]\(([\w./-]+)\)", PAGE)
    assert linked
    assert [one for one in linked if not (folder / one).exists()] == []
