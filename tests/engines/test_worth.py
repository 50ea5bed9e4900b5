"""What lists are worth, where it is known: customers who buy at random, or after a plan."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from django_clvrec.core.evaluation.folds import DAY, Events, fold_at
from django_clvrec.core.recommenders.popular import Popular
from django_clvrec.engines.worth import purchases_after, worth_of_lists
from django_clvrec.exceptions import NothingToEvaluate
from tests.core.recommenders.made_up import NOBODY

ITEMS, HORIZON, CUT = 6, 10.0, 60
LURE = 3
"""Who buys it spends ten more a week later."""


class Showing:
    """Lists of the same items for everybody."""

    def __init__(self, *items):
        self.items = list(items)

    def score(self, histories):
        found = np.full((len(histories), ITEMS), -np.inf, dtype=np.float32)
        found[:, self.items] = 1
        return found

    def explain(self, history, item):
        return NOBODY


def shop(customers=400, days=100, seed=3, chance=0.5):
    """Everybody buys any item at random, each for its number; LURE brings one more purchase."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        for day in np.flatnonzero(random.random(days) < chance):
            item = int(random.integers(0, ITEMS))
            rows.append((customer, day * DAY, item, float(item + 1)))
            if item == LURE:
                rows.append((customer, (day + 7) * DAY, 0, 30.0))
    table = np.array(sorted(rows, key=lambda row: (row[0], row[1])))
    owners, times = table[:, 0].astype(int), table[:, 1].astype(np.int64)
    orders = np.unique(owners * 10**9 + times // DAY, return_inverse=True)[1]
    return Events(
        customers=owners,
        orders=orders,
        items=table[:, 2].astype(int),
        times=times,
        customer_count=customers,
        item_count=ITEMS,
        values=table[:, 3],
    )


@pytest.fixture(scope="module")
def split():
    events = shop()
    tiers = np.full(400, "low", dtype=object)
    fold = fold_at(events, CUT * DAY, 1, lambda _: tiers)
    return fold, purchases_after(events, fold, HORIZON)


@pytest.fixture(scope="module")
def worths(split):
    fold, purchases = split
    shown = {"lure": Showing(LURE), "other": Showing(4), "all": Showing(*range(ITEMS))}
    return worth_of_lists(shown, fold, purchases, n=ITEMS)


def test_a_purchase_returns_what_it_brought_and_what_came_in_later_orders():
    """Counted line by line."""
    events = shop(customers=20)
    fold = fold_at(events, CUT * DAY, 1, lambda _: np.full(20, "low", dtype=object))
    end, expected = events.times.max(), []
    lines = Counter()
    for owner, at, item, value in zip(
        events.customers, events.times, events.items, events.values, strict=True
    ):
        lines[owner, at, item] += value
    for (owner, at, _), value in lines.items():
        if not (at > fold.cut and end - at >= HORIZON * DAY and owner in fold.customers):
            continue
        later = (events.customers == owner) & (events.times > at)
        later &= events.times <= at + HORIZON * DAY
        expected.append(value + events.values[later].sum())
    found = purchases_after(events, fold, HORIZON)
    np.testing.assert_allclose(np.sort(found.returns), np.sort(expected), rtol=1e-6)


def test_what_has_no_item_at_the_level_is_spent_too():
    events = shop(customers=40)
    is_led_to = events.values == 30
    events = replace(events, items=np.where(is_led_to, -1, events.items))
    fold = fold_at(events, CUT * DAY, 1, lambda _: np.full(40, "low", dtype=object))
    found = purchases_after(events, fold, HORIZON)
    means = [found.returns[found.items == item].mean() for item in (LURE, LURE + 1)]
    assert means[0] > means[1] + 15


def test_what_was_known_before_an_order_does_not_hold_it(split):
    _, purchases = split
    assert purchases.before.days.min() > 0


def test_only_orders_whose_horizon_is_on_record_are_looked_at():
    events = shop(customers=60)
    fold = fold_at(events, CUT * DAY, 1, lambda _: np.full(60, "low", dtype=object))
    with pytest.raises(NothingToEvaluate, match="60 days after it"):
        purchases_after(events, fold, 60.0)


def test_lists_of_everything_are_worth_what_is_spent(worths, split):
    _, purchases = split
    found = worths["all"]
    spent = purchases.returns.mean()
    assert found.doubly_robust.low < spent < found.doubly_robust.high
    # what the lure led to was bought besides, so that the items are not quite as probable
    assert found.gain.value == pytest.approx(0, abs=0.05 * spent)


def test_weights_are_one_on_average_where_it_is_known_how_customers_buy(worths):
    for found in worths.values():
        assert found.weight == pytest.approx(1, abs=0.2)


def test_a_list_that_leads_to_more_later_is_worth_more(worths):
    lure, other = worths["lure"], worths["other"]
    # one of them brings 4 and 30 a week later, the other one 5
    assert lure.doubly_robust.low > other.doubly_robust.high
    assert lure.snips.low > other.snips.high
    assert lure.gain.low > 0


def test_differences_to_what_was_spent_are_surer_than_what_is_spent(worths):
    found = worths["all"]
    assert found.gain.high - found.gain.low < found.doubly_robust.high - found.doubly_robust.low


def test_lists_of_what_nobody_bought_have_no_worth(split):
    fold, purchases = split
    kept = purchases.items != 5
    few = type(purchases)(
        before=purchases.before,
        orders=purchases.orders[kept],
        items=purchases.items[kept],
        returns=purchases.returns[kept],
        customers=purchases.customers[kept],
    )
    both = {"nothing": Showing(5), "something": Showing(4)}
    assert [*worth_of_lists(both, fold, few)] == ["something"]


def test_what_is_popular_is_worth_something(split):
    fold, purchases = split
    found = worth_of_lists({"popular": Popular().fit(fold.learnt)}, fold, purchases)
    assert found["popular"].doubly_robust.value > 0
