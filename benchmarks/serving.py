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
from pathlib import Path
from typing import Any

from benchmarks.postgres import database

SETTINGS = "tests.settings"
PRODUCTS, CUSTOMERS, LIST_LENGTH, FACTORS = 1000, 2000, 50, 64
ROUNDS, CALLS = 60, 20
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
    p50 = {name: statistics.median(taken) for name, taken in seconds.items()}
    return {
        "ratios": {name: round(p50[name] / p50["bare"], 3) for name in ways if name != "bare"},
        "p50_ms": {name: round(1000 * value, 3) for name, value in p50.items()},
        "queries": queries,
    }


@dataclass(frozen=True, kw_only=True)
class Way:
    """A view, and the settings it is called under."""

    view: Callable[..., Any]
    config: dict[str, Any]
    warm_up: bool = False

    def timed(self, customers: Iterable[int]) -> list[float]:
        """Seconds of one call for each customer."""
        from django.test import override_settings

        with override_settings(CLVREC=self.config):
            requests = [request_of(number % CUSTOMERS) for number in customers]
            for request in [*requests] if self.warm_up else requests[:1]:
                self.view(request).render()
            return [self.seconds(request) for request in requests]

    def seconds(self, request: Any) -> float:
        start = time.perf_counter()
        self.view(request).render()
        return time.perf_counter() - start


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
        "interests": Way(view=interests_view(), config=OFF),
    }


def interests_view() -> Callable[..., Any]:
    """The same page for a visitor who has just chosen three items."""
    from rest_framework.request import Request
    from rest_framework.response import Response

    from django_clvrec.api.views import MyRecommendations, for_visitors
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

    with override_settings(CLVREC=way.config):
        if way.warm_up:
            way.view(request_of(7)).render()
        with CaptureQueriesContext(connection) as seen:
            way.view(request_of(7)).render()
    return len(seen)


def fill() -> int:
    """Products, lists and factors of one live snapshot; its id."""
    import numpy as np
    from django.db import connection
    from django.utils import timezone

    from django_clvrec.arrays import factors_name, save_arrays
    from django_clvrec.models import Recommendation, Snapshot, SourceState
    from example_shop.shop.models import Category, Department, Product, ProductType

    department = Department.objects.create(slug="food", name="Food")
    category = Category.objects.create(department=department, name="Cereal")
    kind = ProductType.objects.create(category=category, name="Oats")
    Product.objects.bulk_create(
        Product(pk=number, product_type=kind, name=f"Oats {number}", price=2)
        for number in range(1, PRODUCTS + 1)
    )
    snapshot = Snapshot.objects.create(
        source="ShopPurchases", engine="none", state="ready", as_of=timezone.now()
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
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return snapshot.pk


if __name__ == "__main__":
    main()
