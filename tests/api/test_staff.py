"""What staff get from the API, and that nobody else gets it."""

import pytest
from django.urls import reverse

from tests.shelf import REPORT, Shelf, key_of, person, product

MAY = "view_customerscore"
LISTS = ["clvrec:customers", "clvrec:segments", "clvrec:leaderboard", "clvrec:snapshots"]
OF_CUSTOMER = ["clvrec:customer", "clvrec:customer-recommendations"]
ENDPOINTS = [(name, ()) for name in LISTS] + [(name, ("ann",)) for name in OF_CUSTOMER]
AWKWARD = ["a/b/c", "with space", "Ünïcödé ✓", "50%", "a?b#c", "a&b=c+d", "x" * 255, "/", "a/"]


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def ask(db, client):
    client.force_login(person("boss", [MAY], is_staff=True))

    def ask(name, *args, status=200, **parameters):
        response = client.get(reverse(f"clvrec:{name}", args=args), parameters)
        assert response.status_code == status
        return response.json()

    return ask


def keys(page):
    return [row["customer_key"] for row in page["results"]]


# who may look


@pytest.mark.parametrize(("name", "args"), ENDPOINTS)
def test_anonymous_visitors_may_not_look(shelf, client, name, args):
    shelf.score("ann")
    assert client.get(reverse(name, args=args)).status_code in {401, 403}


OTHERS = {
    "customer": {},
    "staff without the permission": {"is_staff": True},
    "permission without staff": {"permissions": [MAY]},
    "staff with another permission": {"is_staff": True, "permissions": ["view_snapshot"]},
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(("name", "args"), ENDPOINTS)
def test_others_may_not_look(shelf, client, other, name, args):
    shelf.score("ann")
    client.force_login(person("ann", **OTHERS[other]))
    assert client.get(reverse(name, args=args)).status_code == 403


def test_who_may_not_look_does_not_learn_who_is_a_customer(shelf, client):
    client.force_login(person("ann"))
    assert client.get(reverse("clvrec:customer", args=["nobody"])).status_code == 403


@pytest.mark.parametrize("name", LISTS)
def test_nothing_can_be_written(shelf, client, name):
    client.force_login(person("boss", [MAY], is_staff=True))
    assert client.post(reverse(name)).status_code == 405


# customers


def test_a_customer_has_rfm_scores_tier_segment_and_forecasts(shelf, ask):
    shelf.score("ann", tier="high", spent="12.5", overall_score=7, segment="loyal", clv=20.0)
    assert ask("customer", "ann") == {
        "customer_key": "ann", "tier": "high", "overall_score": 7, "recency_score": 2,
        "frequency_score": 2, "monetary_score": 2, "recency_days": 3, "frequency": 4,
        "monetary_value": "12.5000", "age_days": 50, "order_days": None, "segment": "loyal",
        "expected_orders": None, "p_alive": None, "clv": 20.0, "clv_low": None, "clv_high": None,
    }  # fmt: skip


def test_customers_stand_in_the_order_of_their_score(shelf, ask):
    shelf.score("low", overall_score=1)
    shelf.score("top", overall_score=9)
    shelf.score("also low", overall_score=1)
    assert keys(ask("customers")) == ["top", "also low", "low"]


def test_customers_are_those_of_the_live_snapshot(shelf, ask):
    shelf.score("ann")
    Shelf(is_live=False).score("bob")
    Shelf("corner").score("cid")
    assert keys(ask("customers")) == ["ann"]
    assert keys(ask("customers", source="corner")) == ["cid"]


def test_customers_are_found_by_tier_score_and_part_of_the_key(shelf, ask):
    shelf.score("ann", tier="high", overall_score=9)
    shelf.score("hanna", tier="high", overall_score=6)
    shelf.score("bob", tier="low", overall_score=0)
    assert keys(ask("customers", tier="high")) == ["ann", "hanna"]
    assert keys(ask("customers", overall_score=0)) == ["bob"]
    assert keys(ask("customers", search="ann")) == ["ann", "hanna"]
    assert keys(ask("customers", search="ann", overall_score=6)) == ["hanna"]


def test_wildcards_in_a_search_are_plain_characters(shelf, ask):
    shelf.score("50%")
    shelf.score("500")
    assert keys(ask("customers", search="0%")) == ["50%"]


def test_customers_come_in_pages(shelf, ask):
    for number in range(7):
        shelf.score(f"c{number}")
    first = ask("customers", page_size=3)
    assert (first["count"], keys(first), first["previous"]) == (7, ["c0", "c1", "c2"], None)
    assert "page=2" in first["next"]
    assert keys(ask("customers", page_size=3, page=3)) == ["c6"]
    ask("customers", page=9, status=404)


def test_a_page_has_an_end(shelf, ask):
    for number in range(51):
        shelf.score(f"c{number}")
    assert len(ask("customers")["results"]) == 50


@pytest.mark.parametrize("key", AWKWARD)
def test_any_key_is_an_address(shelf, ask, key):
    shelf.score(key)
    assert ask("customer", key)["customer_key"] == key
    assert ask("customer-recommendations", key)["source"] == "none"


@pytest.mark.parametrize("name", ["customer", "customer-recommendations"])
def test_an_unknown_customer_is_not_found(shelf, ask, name):
    shelf.popular(product())
    ask(name, "nobody", status=404)


def test_a_customer_of_an_old_snapshot_only_is_not_found(shelf, ask):
    shelf.score("ann")
    Shelf()
    ask("customer", "ann", status=404)


def test_a_customer_belongs_to_a_source(shelf, ask):
    Shelf("corner").score("ann", tier="low")
    ask("customer", "ann", status=404)
    assert ask("customer", "ann", source="corner")["tier"] == "low"


# recommendations of a customer


def test_staff_see_scores_and_where_a_list_comes_from(shelf, ask):
    oats = product("Oats")
    shelf.score("7", tier="high")
    shelf.popular(oats, level="product", tier="high")
    found = ask("customer-recommendations", "7", level="product")
    assert found["source"] == "popular_in_tier"
    assert found["results"] == [
        {
            "key": key_of(oats),
            "rank": 1,
            "name": "Oats",
            "url": oats.get_absolute_url(),
            "score": 0.9,
        }
    ]


def test_staff_choose_level_n_and_intent(shelf, ask):
    shelf.score("7")
    shelf.recommended("7", product("Oats"), product("Rice"), intent="again")
    found = ask("customer-recommendations", "7", level="product", intent="again", n=1)
    assert [item["name"] for item in found["results"]] == ["Oats"]


def test_staff_choose_the_source_which_has_its_own_levels(shelf, ask):
    corner = Shelf("corner")
    corner.score("ann")
    corner.popular("acme", level="brand")
    found = ask("customer-recommendations", "ann", source="corner", level="brand")
    assert found["results"] == [
        {"key": "acme", "rank": 1, "name": "acme", "url": None, "score": 0.9}
    ]


# segments and snapshots


def test_segments_are_sizes_and_means_of_every_tier(shelf, ask):
    shelf.score("ann", tier="high", spent="60", recency_days=2, frequency=8)
    shelf.score("bob", tier="high", spent="20", recency_days=4, frequency=4)
    shelf.score("cid", tier="low", spent="20", recency_days=90, frequency=2)
    new, low, mid, high = ask("segments")
    assert [row["tier"] for row in (new, low, mid, high)] == ["new", "low", "mid", "high"]
    assert (high["customers"], high["recency_days"], high["frequency"]) == (2, 3, 6)
    assert (float(high["monetary_value"]), high["revenue_share"]) == (40, 0.8)
    assert (new["customers"], mid["customers"], mid["recency_days"]) == (0, 0, None)


def test_snapshots_are_listed_from_the_newest_with_the_live_one_marked(shelf, ask):
    failed = Shelf(is_live=False, state="failed", error="Out of memory")
    Shelf("corner")
    newest, oldest = ask("snapshots")["results"]
    assert (newest["id"], newest["state"], newest["error"], newest["is_live"]) == (
        failed.snapshot.pk, "failed", "Out of memory", False,
    )  # fmt: skip
    assert (oldest["id"], oldest["is_live"]) == (shelf.snapshot.pk, True)
    assert len(ask("snapshots", source="corner")["results"]) == 1


def test_a_snapshot_holds_its_report_and_nothing_about_the_machine(db, ask):
    Shelf(report=REPORT, folder="/secret/folder", holder="host:1:2")
    [found] = ask("snapshots")["results"]
    assert found["report"] == REPORT
    assert not {"folder", "holder"} & set(found)


def test_the_leaderboard_is_that_of_the_live_snapshot(db, ask, django_assert_max_num_queries):
    Shelf(report=REPORT)
    Shelf(is_live=False)
    with django_assert_max_num_queries(5):
        found = ask("leaderboard")
    assert found["results"] == REPORT["leaderboard"]
    assert found["served"] == REPORT["served"]


def test_the_leaderboard_is_filtered_by_level_intent_and_tier(db, ask):
    Shelf(report=REPORT)
    [row] = ask("leaderboard", tier="high", intent="discover", level="product")["results"]
    assert row["ndcg@10"] == 0.41
    assert ask("leaderboard", intent="again")["results"] == []


def test_before_the_first_refresh_there_is_no_leaderboard(ask):
    assert ask("leaderboard") == {"served": {}, "results": []}


def test_before_the_first_refresh_there_is_nothing_to_list(ask):
    assert ask("customers")["results"] == ask("snapshots")["results"] == []
    assert [row["customers"] for row in ask("segments")] == [0, 0, 0, 0]
    ask("customer", "ann", status=404)


# parameters


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("customers", {"tier": "gold"}),
        ("customers", {"overall_score": 10}),
        ("customers", {"overall_score": "much"}),
        ("customers", {"search": "a\0b"}),
        *((name.removeprefix("clvrec:"), {"source": "kiosk"}) for name in LISTS),
    ],
)
def test_a_bad_parameter_is_named(shelf, ask, name, bad):
    assert set(ask(name, status=400, **bad)) == set(bad)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("customer", {"source": "kiosk"}),
        ("customer-recommendations", {"source": "kiosk"}),
        ("customer-recommendations", {"level": "shelf"}),
        ("customer-recommendations", {"n": 0}),
        ("customer-recommendations", {"n": 51}),
        ("customer-recommendations", {"intent": "forget"}),
    ],
)
def test_a_bad_parameter_of_a_customer_is_named(shelf, ask, name, bad):
    shelf.score("ann")
    assert set(ask(name, "ann", status=400, **bad)) == set(bad)


# what it costs: each time session, user, and two for permissions


@pytest.mark.parametrize("rows", [1, 30])
def test_lists_take_a_constant_number_of_queries(shelf, ask, rows, django_assert_num_queries):
    for number in range(rows):
        shelf.score(f"c{number}")
    for _ in range(rows - 1):
        Shelf(is_live=False)
    for name, queries in (("customers", 7), ("snapshots", 6), ("segments", 5)):
        with django_assert_num_queries(queries):
            ask(name)


@pytest.mark.parametrize("n", [1, 20])
def test_a_customers_lists_take_a_constant_number_of_queries(
    shelf, ask, n, django_assert_num_queries
):
    shelf.score("7")
    shelf.recommended("7", *(product() for _ in range(20)))
    with django_assert_num_queries(5):
        ask("customer", "7")
    ask("customer-recommendations", "7", level="product", n=n)  # the process meets the snapshot
    with django_assert_num_queries(7):
        ask("customer-recommendations", "7", level="product", n=n)
