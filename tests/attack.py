"""A seeded shop, and customers made up to push an item of it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
TARGET = "pushed"
DAYS = 360


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What each made-up customer does."""

    orders: int = 3
    """That hold the item."""
    first_days_ago: int = 3
    """When the last of them comes."""
    over_days: int = 1
    """In so many days they come, one after the other."""
    apart_days: float = 0.1
    """Between the orders of one."""
    camouflage: int = 0
    """Popular items in each order, beside the pushed one."""
    price: int = 5
    warm_days: int = 0
    """So long before its first order of the item, each buys something else,"""
    warm_orders: int = 1
    """so often, and a week apart."""


def line(customer, order, item, days_ago, price):
    return {
        "customer_key": customer,
        "order_key": order,
        "purchased_at": AS_OF - dt.timedelta(days=days_ago),
        "revenue": Decimal(str(price)),
        "rating": None,
        "item_category": "things",
        "item_product": item,
    }


def shop(customers=1000, items=120, seed=1):
    """Lines of regulars and passers-by who came over a year, with two tastes and Zipf's items."""
    rng = np.random.default_rng(seed)
    weights = 1 / (np.arange(items) + 3.0)
    tastes = [np.where(np.arange(items) % 2 == side, weights, weights / 6) for side in (0, 1)]
    lines = []
    for number in range(customers):
        since = rng.uniform(1, DAYS)
        taste = tastes[number % 2] / tastes[number % 2].sum()
        for visit in range(1 + rng.poisson(since / 360 * rng.gamma(1.0, 12.0))):
            ago = since if not visit else rng.uniform(0.5, since)
            for item in rng.choice(items, size=1 + rng.poisson(2), replace=False, p=taste):
                price = round(float(rng.lognormal(2.0, 0.6)), 2)
                lines.append(line(f"c{number:03}", f"o{number}-{visit}", f"p{item:03}", ago, price))
    # the pushed item is no newcomer itself: some buy it
    for number in range(6):
        ago = 20 + 50 * number
        lines.append(line(f"c{number:03}", f"own{number}", TARGET, ago, 5))
    return lines


def attack(k, plan, seed=2):
    """The lines of `k` made-up customers."""
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(k):
        who = f"fake{number:03}"
        start = plan.first_days_ago + plan.over_days * number / max(1, k)
        start += plan.orders * plan.apart_days
        for order in range(plan.warm_orders if plan.warm_days else 0):
            item, ago = f"p{rng.integers(0, 20):03}", start + plan.warm_days + 7 * order
            lines.append(line(who, f"{who}-warm{order}", item, ago, plan.price))
        for order in range(plan.orders):
            ago = start - order * plan.apart_days
            name = f"{who}-{order}"
            lines.append(line(who, name, TARGET, ago, plan.price))
            others = rng.choice(20, size=plan.camouflage, replace=False)
            lines += [line(who, name, f"p{item:03}", ago, plan.price) for item in others]
    return lines


def cost(k, plan):
    """What the attacker pays for the orders."""
    return float(sum(one["revenue"] for one in attack(k, plan)))
