"""A shop whose policy lets somebody see some customers."""

import re

import pytest
from django.urls import reverse

from django_clvrec.models import CustomerScore
from django_clvrec.policy import Policy
from tests.access.people import client_of

MINE, OTHERS, NOBODYS = "7", "9", "no"


class OnlyMine(Policy):
    """Staff see one customer; who is not there at all is nobody's secret to this policy."""

    def may_inspect(self, request):
        return False

    def may_inspect_customer(self, request, customer_key):
        return super().may_inspect(request) and customer_key != OTHERS


class AllButOne(Policy):
    def may_inspect_customer(self, request, customer_key):
        return super().may_inspect_customer(request, customer_key) and customer_key != OTHERS


@pytest.fixture
def policy(settings):
    def policy(one):
        settings.CLVREC = settings.CLVREC | {"POLICY": f"{__name__}.{one.__name__}"}

    return policy


@pytest.fixture
def staff(shelf):
    return client_of("staff with all")


def without_token(page):
    return re.sub(r'"csrfToken": "\w*"', "", page)


def statuses(client, name="customer"):
    return [
        client.get(reverse(f"clvrec:{name}", args=[key])).status_code
        for key in (MINE, OTHERS, NOBODYS)
    ]


@pytest.mark.parametrize("name", ["customer", "customer-recommendations"])
def test_one_customer_is_shown_and_others_are_as_if_they_were_not_there(policy, staff, name):
    policy(OnlyMine)
    assert statuses(staff, name) == [200, 403, 403]
    policy(AllButOne)
    assert statuses(staff, name) == [200, 404, 404]


def test_refusals_read_the_same(policy, staff):
    for one in (OnlyMine, AllButOne):
        policy(one)
        told = [staff.get(reverse("clvrec:customer", args=[key])) for key in (OTHERS, NOBODYS)]
        assert told[0].content == told[1].content


def test_they_read_the_same_as_a_page_for_browsers(policy, staff):
    """Which shows a button for each method that is allowed."""
    for one in (OnlyMine, AllButOne):
        policy(one)
        addresses = [reverse("clvrec:customer", args=[key]) for key in (OTHERS, NOBODYS)]
        told = [staff.get(address, {"format": "api"}) for address in addresses]
        assert len({answer.status_code for answer in told}) == 1
        pages = [
            without_token(one.text).replace(path, "")
            for one, path in zip(told, addresses, strict=True)
        ]
        assert pages[0] == pages[1]


def test_of_text_that_is_no_key_the_policy_is_not_asked(policy, staff):
    policy(OnlyMine)
    asked = reverse("clvrec:customer", args=["\0"])
    assert staff.get(asked).status_code == 403


def test_links_with_sums_on_the_front_page_are_of_all_customers_too(policy, staff, shelf):
    shelf.snapshot.report = {"segments": {"champions": 4711}, "tiers": {}}
    shelf.snapshot.save()
    front = reverse("admin:app_list", args=["clvrec"])
    assert ">4,711</span>" in staff.get(front).text
    policy(OnlyMine)
    assert ">4,711</span>" not in staff.get(front).text


def test_lists_of_all_stay_closed_to_who_may_see_some(policy, staff):
    policy(OnlyMine)
    for name in ("customers", "segments", "leaderboard", "snapshots"):
        assert staff.get(reverse(f"clvrec:{name}")).status_code == 403
    for name in ("changelist", "count", "compare", "export"):
        assert staff.get(reverse(f"admin:clvrec_customerscore_{name}")).status_code == 403
    assert staff.get(reverse("admin:clvrec_tierchange_changelist")).status_code == 403


def test_interests_follow_the_customer_who_may_be_seen(policy, staff):
    policy(OnlyMine)
    found = [
        staff.post(
            reverse("clvrec:interests"), {"items": ["1"], "customer": key}, "application/json"
        ).status_code
        for key in (MINE, OTHERS)
    ]
    assert found == [200, 403]


@pytest.mark.parametrize("name", ["change", "preview", "erase"])
def test_pages_of_one_customer_ask_the_policy(policy, staff, name):
    policy(OnlyMine)
    rows = [CustomerScore.objects.get(customer_key=key).pk for key in (MINE, OTHERS)]
    ask = staff.post if name == "preview" else staff.get
    told = [ask(reverse(f"admin:clvrec_customerscore_{name}", args=[pk])) for pk in (*rows, 0)]
    assert told[0].status_code == (302 if name == "preview" else 200)
    assert told[1].status_code == told[2].status_code
    assert told[1].status_code in {302, 403}
    assert "clvrec_preview" not in told[1].cookies


def test_a_preview_of_a_customer_who_may_not_be_seen_any_more_is_over(policy, staff):
    pk = CustomerScore.objects.get(customer_key=OTHERS).pk
    staff.post(reverse("admin:clvrec_customerscore_preview", args=[pk]))
    shown = staff.get("/").context["request"]
    assert Policy().known_customer(shown) == OTHERS
    assert AllButOne().known_customer(shown) != OTHERS
