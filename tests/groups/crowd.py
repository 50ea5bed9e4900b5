"""A small crowd with ties and gaps, and a plain filter to hold the database against."""

import random
from decimal import Decimal

from django_clvrec.cells import counted
from django_clvrec.models import CustomerScore
from tests.shelf import Shelf

K4 = {name: {"k": 4} for name in ("recency", "frequency", "monetary_value")}
SEGMENTS = ("at_risk", "loyal", "")


def crowd(stock, size=60, seed=1):
    """The live snapshot of the corner shop; every third customer has bought an apple."""
    rng, shelf = random.Random(seed), Shelf("corner")
    rows, buyers = [], set()
    for number in range(size):
        customer = stock.customer(f"customer {number}")
        if number % 3 == 0:
            stock.bought(customer, "apple")
            buyers.add(str(customer.pk))
        scores = [rng.randrange(4) for _ in range(3)]
        forecast = rng.choice([None, 0.0, 10.5, 99.25])
        row = shelf.score(
            customer,
            tier=rng.choice(["new", "low", "mid", "high"]),
            segment=rng.choice(SEGMENTS),
            spent=rng.choice(["0", "10", "99.5"]),
            overall_score=sum(scores),
            recency_score=scores[0],
            frequency_score=scores[1],
            monetary_score=scores[2],
            recency_days=rng.randrange(5),
            frequency=rng.randrange(1, 4),
            clv=forecast,
            expected_orders=None if forecast is None else forecast / 10,
        )
        row.monetary_value = Decimal(row.monetary_value)
        rows.append(row)
    shelf.snapshot.report = {"customers": size, "clusters": K4}
    shelf.snapshot.save()
    return shelf.snapshot, rows, buyers


def cells(rows):
    """What a refresh keeps in its report."""
    return counted(CustomerScore.objects.filter(pk__in=[row.pk for row in rows]))


def meets(row, asked, buyers):
    """Whether a customer meets conditions, said as plainly as can be."""

    def within(value, name):
        low, high = getattr(asked, f"{name}_from"), getattr(asked, f"{name}_to")
        if low is None and high is None:
            return True
        return (
            value is not None and (low is None or value >= low) and (high is None or value <= high)
        )

    return (
        (not asked.tier or row.tier in asked.tier)
        and (not asked.segment or row.segment in asked.segment)
        and within(row.overall_score, "score")
        and within(row.clv, "clv")
        and within(row.recency_days, "recency")
        and within(row.frequency, "orders")
        and within(row.monetary_value, "value")
        and (not asked.bought or row.customer_key in buyers)
        and row.customer_key.startswith(asked.q)
    )
