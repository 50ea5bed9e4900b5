"""Makes the orders up: customers with a taste each, of whom few buy often and many seldom."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

CUSTOMERS = 300
DAYS = 330
SEED = 2026
SHOP = {
    "Tea": "Assam, Ceylon, Darjeeling, Earl Grey, Jasmine, Matcha, Oolong, Rooibos, Sencha, Yunnan",
    "Coffee": "Arabica, Blend, Crema, Decaf, Espresso, Filter, Instant, Mocha, Ristretto, Robusta",
    "Cheese": "Brie, Cheddar, Comté, Edam, Feta, Gouda, Manchego, Parmesan, Roquefort, Tilsit",
    "Bread": "Bagel, Baguette, Brioche, Ciabatta, Focaccia, Naan, Pita, Rye, Sourdough, Toast",
    "Fruit": "Apple, Apricot, Banana, Cherry, Fig, Grape, Mango, Orange, Peach, Pear",
    "Garden": "Basil, Chives, Fern, Ivy, Lavender, Mint, Oregano, Rose, Thyme, Tulip",
}
"""Products by category; neighbours in this order are bought by the same customers."""


@dataclass(frozen=True, kw_only=True)
class MadeOrder:
    """Who bought when, and what: product names, quantities and prices."""

    customer: int
    placed_at: datetime
    lines: list[tuple[str, int, Decimal]]


def products() -> dict[str, str]:
    """The category of each product."""
    return {name: category for category, names in SHOP.items() for name in names.split(", ")}


def orders(now: datetime) -> Iterator[MadeOrder]:
    """The same for the same `now`. Customer 0 buys most often; the last tenth never bought."""
    draw = random.Random(SEED)
    for customer in range(CUSTOMERS * 9 // 10):
        taste = _taste(draw, customer)
        count = max(1, round(40 / (1 + customer / 8)))
        away = 0 if customer < 60 else draw.randrange(DAYS // 2)
        for _ in range(count):
            # another minute each, so that no two orders are at one time
            ago = timedelta(
                days=away + draw.randrange(DAYS - away), minutes=draw.randrange(1, 24 * 60)
            )
            yield MadeOrder(customer=customer, placed_at=now - ago, lines=_lines(draw, taste))


def _taste(draw: random.Random, customer: int) -> list[str]:
    """Two categories that stand side by side, and some of each."""
    categories = list(SHOP)
    first = customer % len(categories)
    return [
        name
        for category in (categories[first], categories[(first + 1) % len(categories)])
        for name in draw.sample(SHOP[category].split(", "), 6)
    ]


def _lines(draw: random.Random, taste: list[str]) -> list[tuple[str, int, Decimal]]:
    chosen = draw.sample(taste, draw.randint(1, 4))
    if draw.random() < 0.1:  # now and then something else
        chosen = list(dict.fromkeys([*chosen, draw.choice(sorted(products()))]))
    return [(name, draw.randint(1, 3), Decimal(draw.randrange(150, 2500)) / 100) for name in chosen]
