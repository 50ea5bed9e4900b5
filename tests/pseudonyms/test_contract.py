"""With pseudonyms every customer is who they were: the same lists, tier and segment.

By recommenders that do not depend on the order of customers. A factorisation does, for it begins
with random vectors in the order of keys.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_clvrec.core.ranking import INTENTS
from django_clvrec.models import CustomerScore, Recommendation, TierChange
from django_clvrec.orders import order_placed
from django_clvrec.pseudonyms import stored_key
from django_clvrec.serving import segment_of, tier_of
from tests.open_shop import OFTEN, TWICE, OpenShop

pytestmark = pytest.mark.django_db

ROWS = (CustomerScore, Recommendation)
SOME = (OFTEN, TWICE, 0, 15, 21, 30)


@pytest.fixture
def shop(settings, pseudonyms):
    settings.CLVREC = settings.CLVREC | {"RECOMMENDER": "item_knn"}
    return OpenShop()


def stored(rows):
    """What rows say of each customer, by the key that is stored now; and item keys of lists."""
    scores, lists = rows
    told = {
        (stored_key(row["customer_key"]), name): value
        for row in scores
        for name, value in row.items()
        if name not in {"id", "snapshot_id", "customer_key"}
    }
    items = {
        (stored_key(row["customer_key"]), row["level"], row["intent"]): [
            key for key, _ in row["items"]
        ]
        for row in lists
    }
    return told, items


def rows_of(snapshot):
    return [list(model.objects.filter(snapshot=snapshot).values()) for model in ROWS]


def assert_alike(one, other):
    """Sums of floats depend on their order in the last digits, and that is the order of keys."""
    forecasts = [
        {key: told[key] for key in told if type(told[key]) is float} for told in (one, other)
    ]
    assert forecasts[0] == pytest.approx(forecasts[1], rel=1e-3)
    exact = [{key: told[key] for key in told.keys() - forecasts[0].keys()} for told in (one, other)]
    assert exact[0] == exact[1]


def served(shop, **more):
    """What some customers are shown, who are asked for by the keys of the shop."""
    return {
        number: (
            {intent: shop.ask(number, intent=intent, explain=True, **more).items
             for intent in INTENTS},
            tier_of(shop.key(number), "corner"),
            segment_of(shop.key(number), "corner"),
        )
        for number in SOME
    }  # fmt: skip


def keys_of(answers):
    return {
        number: ({intent: [one.key for one in items] for intent, items in lists.items()}, *rest)
        for number, (lists, *rest) in answers.items()
    }


@pytest.mark.parametrize("name", ["item_knn", "ease", "personal"])
def test_a_refresh_finds_the_same_of_everybody(shop, settings, pseudonyms, name):
    settings.CLVREC = settings.CLVREC | {"RECOMMENDER": name}
    pseudonyms(None)
    plain = rows_of(shop.refresh().snapshot)
    pseudonyms()
    hidden = rows_of(shop.refresh().snapshot)
    (told, lists), (told_before, lists_before) = stored(hidden), stored(plain)
    assert_alike(told, told_before)
    assert lists == lists_before


def test_visitors_are_shown_the_same_before_and_after_they_buy(shop, pseudonyms):
    found = {}
    for number in (OFTEN, TWICE):
        shop.buy(number, "p03", "p20", price="500")
    for secret in (None, "a secret of the tests, long enough"):
        pseudonyms(secret)
        shop.refresh()
        found[secret] = keys_of(served(shop))
    plain, hidden = found.values()
    assert hidden == plain
    assert any(lists["discover"] for lists, *_ in plain.values())


def test_a_change_of_tier_is_noted_and_told_under_the_pseudonym(
    shop, told, django_capture_on_commit_callbacks
):
    shop.refresh()
    assert tier_of(shop.key(TWICE), "corner") != "high"
    for _ in range(12):
        shop.buy(TWICE, "p03", price="900")
    with django_capture_on_commit_callbacks(execute=True):
        assert order_placed(shop.key(TWICE), source="corner") == "high"
    change = TierChange.objects.get()
    assert change.customer_key == stored_key(shop.key(TWICE))
    assert [one.customer_key for (one,) in told] == [change.customer_key]


@pytest.mark.parametrize("number", [OFTEN, None])
def test_an_answer_costs_as_many_queries_as_without(shop, pseudonyms, number):
    counts = {}
    for secret in (None, "a secret of the tests, long enough"):
        pseudonyms(secret)
        shop.refresh()
        shop.ask(number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shop.ask(number)
        counts[secret] = len(queries)
    assert len({*counts.values()}) == 1


def test_a_second_refresh_moves_nobody(shop):
    shop.refresh()
    shop.refresh()
    assert not TierChange.objects.exists()


# a secret that is new, lost or changed


@pytest.mark.parametrize("secret", [None, "another secret of the tests, long too"])
def test_until_the_next_refresh_everybody_is_a_stranger_and_after_it_nobody(
    shop, pseudonyms, secret
):
    known = shop.refresh().ask(OFTEN)
    assert known.source == "stored"
    pseudonyms(secret)
    assert shop.ask(OFTEN).source == "popular"
    assert tier_of(shop.key(OFTEN), "corner") == "new"
    again = shop.refresh().ask(OFTEN)
    assert [one.key for one in again] == [one.key for one in known]


def test_another_secret_is_no_move_of_every_customer(shop, pseudonyms):
    shop.refresh()
    pseudonyms("another secret of the tests, long too")
    shop.refresh()
    assert not TierChange.objects.exists()


def test_snapshots_under_another_secret_go_with_the_next_two_refreshes(shop, pseudonyms):
    pseudonyms(None)
    plain = {shop.refresh().snapshot.pk, shop.refresh().snapshot.pk}
    pseudonyms()
    kept = [shop.refresh().snapshot.pk]
    assert {*CustomerScore.objects.values_list("snapshot", flat=True)} == {max(plain), *kept}
    kept.append(shop.refresh().snapshot.pk)
    assert {*CustomerScore.objects.values_list("snapshot", flat=True)} == {*kept}
