"""Answering visitors: p50 of each way to answer against a bare view of the same JSON.

`python -m benchmarks.serving --json PATH`

The views are called in one process, from a request to a rendered response, without middleware,
session and socket: these cost both views the same and would only hide the difference. Calls of
all views take turns, so that whatever else the machine does hits all of them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.postgres import database

SETTINGS = "tests.settings"
PRODUCTS, CUSTOMERS, LIST_LENGTH, FACTORS = 10_000, 2000, 50, 64
BUYERS = 500
"""Further customers of a tier, who bought since the snapshot: `ORDERS` orders of `LINES` lines."""
ORDERS, LINES = 6, 5
RETRAINED = (200_000, 2_000_000)
"""Customers and interactions of the shop that is trained again, beside answers to interests."""
ROUNDS, CALLS = 60, 20
FOLDED_IN = {"fold_in": ("mid", 20), "autoencoder": ("high", 2000), "next_basket": ("low", 2)}
"""Ways to answer to purchases since the snapshot, the tier that is answered so, and what each of
its lines brought."""
CUTS = {"recency": [10, 20, 30], "frequency": [10, 20, 30], "monetary_value": [100, 1000, 10_000]}
"""By which what was spent alone tells one tier from another."""
WIDTH = 128
"""Of an autoencoder's layers."""
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
OFF, ON = {"CACHE_SECONDS": 0}, {"CACHE_SECONDS": 600}


def main(arguments: list[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--rounds", type=int, default=ROUNDS)
    options = words.parse_args(arguments)
    with database() as url:
        os.environ |= {
            "CLVREC_TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "DEMO_DEBUG": "0",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        found = measure(options.rounds)
    text = json.dumps(found, indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def measure(rounds: int) -> dict[str, Any]:
    """p50 of every view in milliseconds, its queries, and ratios to the bare view."""
    import django

    django.setup()
    from django.db import connection

    snapshot_id = fill()
    ways = ways_to_answer(snapshot_id)
    check_bodies(ways)
    queries = {name: queries_of(way) for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            seconds[name] += way.timed(range(number * CALLS, (number + 1) * CALLS))
    connection.close()
    cpu = {name: statistics.median(way.timed(range(CALLS), cpu_of)) for name, way in ways.items()}
    p50 = {name: statistics.median(taken) for name, taken in seconds.items()}
    ratios = {name: round(p50[name] / p50["bare"], 3) for name in ways if name != "bare"}
    retrained = retrain()
    return {
        "ratios": ratios | {"interests_vs_retrain": round(retrained / p50["interests"])},
        "p50_ms": {name: round(1000 * value, 3) for name, value in p50.items()},
        "cpu_ms": {name: round(1000 * value, 3) for name, value in cpu.items()},
        "retrain_s": round(retrained, 2),
        "queries": queries,
    }


def cpu_of() -> float:
    """Seconds of all threads of this process; what the database does is not among them."""
    return time.process_time()


def retrain() -> float:
    """Seconds that a factorisation takes of a shop of this size, by all cores."""
    import numpy as np
    from scipy.sparse import csr_array

    from django_clvrec.core.recommenders.als import AlsParameters
    from django_clvrec.core.recommenders.factorise import factorise

    customers, interactions = RETRAINED
    rng = np.random.default_rng(1)
    cells = (rng.integers(0, customers, interactions), rng.zipf(1.3, interactions) % PRODUCTS)
    weights = csr_array((np.ones(interactions, np.float32), cells), shape=(customers, PRODUCTS))
    start = time.perf_counter()
    factorise(
        weights, AlsParameters(factors=FACTORS), is_explicit=False, threads=os.cpu_count() or 1
    )
    return time.perf_counter() - start


@dataclass(frozen=True, kw_only=True)
class Way:
    """A view, and the settings it is called under."""

    view: Callable[..., Any]
    config: dict[str, Any]
    warm_up: bool = False
    first: int = 0
    """Number of the first customer who asks."""
    size: int = CUSTOMERS

    def timed(
        self, customers: Iterable[int], clock: Callable[[], float] = time.perf_counter
    ) -> list[float]:
        """Seconds of one call for each customer."""
        from django.test import override_settings

        with override_settings(CLVREC=self.config, CACHES=CACHES):
            requests = [self.request(number) for number in customers]
            for request in [*requests] if self.warm_up else requests[:1]:
                self.view(request).render()
            return [self.seconds(request, clock) for request in requests]

    def request(self, number: int) -> Any:
        return request_of(self.first + number % self.size)

    def seconds(self, request: Any, clock: Callable[[], float]) -> float:
        start = clock()
        self.view(request).render()
        return clock() - start


def request_of(number: int) -> Any:
    from django.contrib.auth.models import User
    from django.test import RequestFactory

    request = RequestFactory().get("/", {"level": "product"})
    request.user = User(pk=number + 1, username=f"customer-{number}")
    return request


def ways_to_answer(snapshot_id: int) -> dict[str, Way]:
    from benchmarks.reference.serving import BareRecommendations
    from django_clvrec.api.views import MyRecommendations

    bare = BareRecommendations.as_view(snapshot_id=snapshot_id)
    ours = MyRecommendations.as_view()
    return {
        "bare": Way(view=bare, config=OFF),
        "stored": Way(view=ours, config=OFF),
        "cached": Way(view=ours, config=ON, warm_up=True),
        **{
            name: Way(view=ours, config=OFF, first=CUSTOMERS + place * BUYERS, size=BUYERS)
            for place, name in enumerate(FOLDED_IN)
        },
        "interests": Way(view=interests_view(), config=OFF, first=CUSTOMERS, size=BUYERS),
    }


def interests_view() -> Callable[..., Any]:
    """The same page for a visitor who has just chosen three items."""
    from rest_framework.request import Request
    from rest_framework.response import Response

    from django_clvrec.api.answering import for_visitors
    from django_clvrec.api.views import MyRecommendations
    from django_clvrec.serving import recommend

    class Interests(MyRecommendations):
        def get(self, request: Request) -> Response:
            key, chosen = str(request.user.pk), ["3", "14", "159"]
            return Response(
                for_visitors(recommend(key, "product", interests=chosen, with_objects=True))
            )

    return Interests.as_view()


def check_bodies(ways: dict[str, Way]) -> None:
    """Raises RuntimeError where a way does not answer what the bare view answers."""
    from django.test import override_settings

    said = {}
    for name in ("bare", "stored", "cached"):
        with override_settings(CLVREC=ways[name].config):
            said[name] = [body_of(ways[name].view(request_of(7)).render()) for _ in range(2)]
    if len({body for bodies in said.values() for body in bodies}) != 1:
        raise RuntimeError(f"The views do not answer the same: {said}.")


def body_of(response: Any) -> str:
    """The answer without the list's token, which is another one each time."""
    body = json.loads(response.content)
    body.pop("list", None)
    return json.dumps(body)


def queries_of(way: Way) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    with override_settings(CLVREC=way.config, CACHES=CACHES):
        if way.warm_up:
            way.view(way.request(7)).render()
        way.view(way.request(8)).render()
        with CaptureQueriesContext(connection) as seen:
            way.view(way.request(7)).render()
    return len(seen)


def fill() -> int:
    """Products, lists and factors of one live snapshot; its id."""
    import numpy as np
    from django.db import connection
    from django.utils import timezone

    from django_clvrec.arrays import factors_name, learnt_name, save_arrays, text_array
    from django_clvrec.core.ranking import INTENTS
    from django_clvrec.core.recommenders.keeping import kept_all
    from django_clvrec.models import Recommendation, Snapshot, SourceState
    from example_shop.shop.models import Category, Department, Product, ProductType
    from tests.core.recommenders.made_networks import autoencoder, next_basket

    department = Department.objects.create(slug="food", name="Food")
    category = Category.objects.create(department=department, name="Cereal")
    kind = ProductType.objects.create(category=category, name="Oats")
    Product.objects.bulk_create(
        Product(pk=number, product_type=kind, name=f"Oats {number}", price=2)
        for number in range(1, PRODUCTS + 1)
    )
    rest = {"k": 4, "inertia": 0.0, "curve": [0.0] * 4}
    clusters = {
        dimension: {"centres": [0.0, *map(float, cuts)], "cuts": [*map(float, cuts)], **rest}
        for dimension, cuts in CUTS.items()
    }
    snapshot = Snapshot.objects.create(
        source="ShopPurchases",
        engine="none",
        state="ready",
        as_of=timezone.now() - timedelta(days=1),
        report={"clusters": clusters},
    )
    SourceState.objects.create(source=snapshot.source, live=snapshot)
    rng = np.random.default_rng(1)
    Recommendation.objects.bulk_create(
        Recommendation(
            snapshot=snapshot,
            customer_key=str(customer),
            level="product",
            intent=intent,
            model="als",
            items=[
                [str(item), round(1 - rank / 100, 6)]
                for rank, item in enumerate(rng.permutation(PRODUCTS)[:LIST_LENGTH] + 1)
            ],
        )
        for customer in range(1, CUSTOMERS + 1)
        for intent in ("discover", "again", "mixed")
    )
    arrays = {
        "item_keys": np.array(sorted(str(number) for number in range(1, PRODUCTS + 1))),
        "item_factors": rng.normal(size=(PRODUCTS, FACTORS)).astype(np.float32),
        "alpha": np.array(1.0),
        "regularization": np.array(0.15),
        "is_explicit": np.array(False),
    }
    save_arrays(snapshot, factors_name("product"), arrays)
    served = {"low": "next_basket", "mid": "als", "high": "autoencoder"}
    networks = {
        "autoencoder": autoencoder(PRODUCTS, width=WIDTH),
        "next_basket": next_basket(PRODUCTS, baskets=40, blocks=1, width=64),
    }
    specs, weights = kept_all(networks)
    head = {"served": dict.fromkeys(INTENTS, served), "specs": specs}
    learnt = {"head": text_array(head), "item_keys": arrays["item_keys"], **weights}
    save_arrays(snapshot, learnt_name("product"), learnt)
    for place, (tier, price) in enumerate(FOLDED_IN.values()):
        sell(rng, snapshot, CUSTOMERS + place * BUYERS, tier, price)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return snapshot.pk


def sell(rng: Any, snapshot: Any, first: int, tier: str, price: int) -> None:
    """Orders of the buyers of a tier: half of them before the snapshot, half of them since."""
    from django.contrib.auth.models import User

    from django_clvrec.models import CustomerScore
    from example_shop.shop.models import Order, OrderLine

    buyers = range(first + 1, first + BUYERS + 1)
    User.objects.bulk_create(User(pk=buyer, username=f"customer-{buyer}") for buyer in buyers)
    orders = Order.objects.bulk_create(
        Order(customer_id=buyer, placed_at=snapshot.as_of + timedelta(hours=step - ORDERS // 2))
        for buyer in buyers
        for step in range(1, ORDERS + 1)
    )
    CustomerScore.objects.bulk_create(
        CustomerScore(
            snapshot=snapshot,
            customer_key=str(buyer),
            tier=tier,
            overall_score={"low": 3, "mid": 4, "high": 6}[tier],
            monetary_value=price * LINES,
            recency_days=0,
            frequency=ORDERS // 2,
            age_days=1,
            **dict.fromkeys(("recency_score", "frequency_score", "monetary_score"), 0),
        )
        for buyer in buyers
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product_id=int(product), quantity=1, line_total=price)
        for order in orders
        for product in rng.choice(PRODUCTS, LINES, replace=False) + 1
    )


if __name__ == "__main__":
    main()
