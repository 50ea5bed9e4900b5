"""Puts what a refresh leaves behind into the database by hand, in few words."""

import datetime as dt
from copy import deepcopy
from decimal import Decimal

import numpy as np
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from django_clvrec.arrays import factors_name, save_arrays
from django_clvrec.models import (
    CustomerScore,
    PopularItems,
    Recommendation,
    Snapshot,
    SourceState,
)
from example_shop.shop.models import Category, Department, Order, OrderLine, Product, ProductType

AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
REPORT = {
    "engine": "by hand",
    "lines_read": 1234,
    "lines_dropped": {"refund": 5, "zero": 0},
    "customers": 1200,
    "tiers": {"new": 600, "low": 300, "mid": 200, "high": 100},
    "clusters": {"recency": {"k": 2, "centres": [3.0, 30.0], "cuts": [16.5], "curve": [90.0, 9.0]}},
    "models": [
        {
            "name": "als", "level": "product", "tier": "all", "customers": 600, "items": 40,
            "interactions": 5000, "seconds": 1.5, "fallback": "",
        },
        {
            "name": "als:high", "level": "product", "tier": "high", "customers": 0, "items": 0,
            "interactions": 0, "seconds": 0.0, "fallback": "too few customers",
        },
    ],
    "served": {"product": {"discover": {"new": "popular", "low": "blend", "high": "als:tier"}}},
    "leaderboard": [
        {
            "level": "product", "intent": "discover", "tier": tier, "name": name,
            "customers": 500, "ndcg@10": ndcg, "recall@10": 0.1, "hit@10": 0.6,
            "coverage@10": 0.4, "interval": [0.201, 0.305],
        }
        for tier, name, ndcg in (
            ("all", "auto", 0.253), ("all", "popular", 0.2), ("all", "blend", 0.251),
            ("high", "blend", 0.41),
        )
    ],
    "recommendations": 3600,
    "stages": {"extract": 1.0, "rfm": 2.5},
    "peak_memory_mb": 2048,
    "snapshot": 1,
}  # fmt: skip


class Shelf:
    """One snapshot and what is stored under it."""

    def __init__(self, source="ShopPurchases", is_live=True, state="ready", **fields):
        self.snapshot = Snapshot.objects.create(
            # a test that changes its report changes no other's
            **{"source": source, "engine": "by hand", "as_of": AS_OF, "state": state}
            | deepcopy(fields)
        )
        if is_live:
            self.go_live()

    def go_live(self):
        SourceState.objects.update_or_create(
            source=self.snapshot.source, defaults={"live": self.snapshot}
        )
        return self

    def score(self, customer, tier="mid", spent="10", overall_score=5, **fields):
        return CustomerScore.objects.create(
            snapshot=self.snapshot,
            customer_key=key_of(customer),
            tier=tier,
            monetary_value=Decimal(spent),
            overall_score=overall_score,
            **{"recency_days": 3, "frequency": 4, "age_days": 50}
            | dict.fromkeys(("recency_score", "frequency_score", "monetary_score"), 2)
            | fields,
        )

    def recommended(self, customer, *items, level="product", intent="discover"):
        return Recommendation.objects.create(
            snapshot=self.snapshot,
            customer_key=key_of(customer),
            level=level,
            intent=intent,
            model="als",
            items=pairs(items),
        )

    def popular(self, *items, level="product", tier=""):
        return PopularItems.objects.create(
            snapshot=self.snapshot, level=level, tier=tier, items=pairs(items)
        )

    def factors(self, vectors, level="product", is_explicit=False):
        """Item factors of the global model, from `{item: vector}`."""
        keys = sorted(vectors)
        matrix = np.array([vectors[key] for key in keys], dtype=np.float32)
        arrays = {
            "item_keys": np.array(keys, dtype=str),
            "item_factors": matrix,
            "alpha": np.array(1.0),
            "regularization": np.array(0.15),
            "is_explicit": np.array(is_explicit),
        }
        save_arrays(self.snapshot, factors_name(level), arrays)


def key_of(thing):
    return str(getattr(thing, "pk", thing))


def pairs(items):
    """The items with scores that fall from 0.9."""
    return [[key_of(item), round(0.9 - place / 100, 2)] for place, item in enumerate(items)]


def product(name="Oats", category="Cereal"):
    """A product of the example shop."""
    department, _ = Department.objects.get_or_create(slug="food", defaults={"name": "Food"})
    shelf, _ = Category.objects.get_or_create(department=department, name=category)
    kind, _ = ProductType.objects.get_or_create(category=shelf, name=f"Kind of {category}")
    return Product.objects.create(product_type=kind, name=name, price=Decimal(2))


def bought(user, *products):
    """One paid order of the example shop."""
    order = Order.objects.create(customer=user, placed_at=timezone.now())
    for one in products:
        OrderLine.objects.create(order=order, product=one, quantity=1, line_total=Decimal(2))
    return order


def person(name, permissions=(), is_staff=False):
    """A user with permissions such as "view_customerscore"."""
    user = User.objects.create_user(name, password="secret", is_staff=is_staff)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="clvrec", codename__in=permissions)
    )
    return user
