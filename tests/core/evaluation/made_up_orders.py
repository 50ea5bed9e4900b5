"""Orders as events: by hand, at random, and of a small planted shop."""

import numpy as np
from hypothesis import strategies as st

from django_clvrec.core.evaluation.folds import DAY, Events

CUSTOMERS, ITEMS = 8, 6


def events_of(*lines, customers=None, items=None):
    """From lines `(customer, order, item, day)`; -1 for no item."""
    columns = list(zip(*lines, strict=True)) if lines else [()] * 4
    numbers = [np.array(column, dtype=np.int64) for column in columns[:3]]
    return Events(
        customers=numbers[0],
        orders=numbers[1],
        items=numbers[2].astype(np.int32),
        times=np.array([int(day * DAY) for day in columns[3]], dtype=np.int64),
        customer_count=customers or int(numbers[0].max(initial=-1)) + 1,
        item_count=items or int(numbers[2].max(initial=-1)) + 1,
    )


def everybody_low(count):
    """Tiers at any moment of so many customers."""
    return lambda _: np.full(count, "low", dtype=object)


@st.composite
def logs(draw):
    """Events with lines that repeat, lines without an item, and several lines of one time."""
    lines = []
    for order in range(draw(st.integers(2, 25))):
        customer, day = draw(st.integers(0, CUSTOMERS - 1)), draw(st.integers(0, 10))
        for item in draw(st.lists(st.integers(-1, ITEMS - 1), min_size=1, max_size=4)):
            lines.append((customer, order, item, day))  # noqa: PERF401
    order = draw(st.permutations(range(len(lines))))
    return events_of(*(lines[place] for place in order), customers=CUSTOMERS, items=ITEMS)


def planted_orders(customers=90, days=200, seed=3):
    """Customers of two tastes who buy three of their favourites every ten days or so."""
    random = np.random.default_rng(seed)
    lines, order = [], 0
    for customer in range(customers):
        favourites = customer % 2 * 10 + random.choice(10, 5, replace=False)
        # some begin late, so that there are newcomers
        day = random.uniform(0, 10 if customer % 6 else days)
        while day < days:
            chosen = random.choice(favourites, 3, replace=False)
            if random.random() < 0.4:
                chosen = [*chosen, customer % 2 * 10 + random.integers(10)]
            lines += [(customer, order, int(item), day) for item in chosen]
            order, day = order + 1, day + random.exponential(10) + 0.1
    return events_of(*lines)


def by_customer(count):
    """Tiers at any moment: every third customer is low, mid or high."""
    names = np.array(["low", "mid", "high"], dtype=object)
    return lambda _: names[np.arange(count) // 2 % 3]
