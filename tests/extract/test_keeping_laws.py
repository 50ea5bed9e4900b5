"""Whatever happens in the window, a log that goes on equals one that is read in full."""

import datetime as dt
import tempfile
from pathlib import Path

from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from django_clvrec.conf import get_config
from django_clvrec.extract import extract, log
from tests.conftest import AS_OF
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Line, Order, Review
from tests.stock import Stock

WINDOW = 30
DAYS = st.integers(-3, WINDOW)
PRICES = st.sampled_from([None, "0", "-1", "2.5", "10"])
CHANGES = st.one_of(
    st.tuples(st.just("insert"), DAYS, PRICES),
    st.tuples(st.just("insert"), st.integers(WINDOW + 1, 200), PRICES),
    st.tuples(st.just("price"), st.integers(0, 50), PRICES),
    st.tuples(st.just("move"), st.integers(0, 50), st.one_of(st.none(), DAYS)),
    st.tuples(st.just("refund"), st.integers(0, 50), st.booleans()),
    st.tuples(st.just("review"), st.integers(0, 50), st.integers(1, 5)),
    st.tuples(st.just("delete"), st.integers(0, 50), st.none()),
)
RUNS = st.lists(
    st.tuples(st.lists(CHANGES, max_size=6), st.integers(-10, 50)), min_size=1, max_size=5
)


class Window:
    """Changes the shop's lines, of those that are there only such as are in the window."""

    def __init__(self, as_of):
        self.as_of = as_of
        self.stock = Stock(as_of)
        self.customer = self.stock.customer()

    def change(self, what, which, value):
        if what == "insert":
            self.stock.line(self.stock.order(self.customer, which), f"p{which}", value)
            return
        since = self.as_of - dt.timedelta(days=WINDOW)
        settled = Order.objects.filter(placed_at__lt=since)
        lines = list(Line.objects.exclude(order__in=settled).order_by("pk"))
        if lines:
            getattr(self, what)(lines[which % len(lines)], value)

    def price(self, line, price):
        Line.objects.filter(pk=line.pk).update(unit_price=price)

    def move(self, line, days):
        placed_at = None if days is None else self.as_of - dt.timedelta(days=days)
        Order.objects.filter(pk=line.order_id).update(placed_at=placed_at)

    def refund(self, line, is_refunded):
        Line.objects.filter(pk=line.pk).update(is_refunded=is_refunded)

    def review(self, line, stars):
        Review.objects.update_or_create(line=line, defaults={"stars": stars})

    def delete(self, line, _):
        line.delete()


class TestLaws(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(RUNS)
    def test_going_on_equals_reading_in_full(self, runs):
        with tempfile.TemporaryDirectory() as folder:
            as_of = last = AS_OF
            for changes, days in runs:
                # what is in the window is so by the log that was kept last
                window = Window(last)
                for change in changes:
                    window.change(*change)
                window.stock.bought(window.customer, "always", days_ago=20)
                as_of = last + dt.timedelta(days=days)
                assert read(Path(folder), as_of, "kept") == read(Path(folder), as_of, None)
                last = as_of


def read(folder, as_of, kept):
    """The log in bytes and its counts, with or without a log that was kept."""
    log_dir = None if kept is None else folder / kept
    changes = {"LOG_DIR": log_dir, "LOG_WINDOW_DAYS": WINDOW}
    with override_settings(CLVREC=get_config() | changes):
        rules = extract(CornerShop(), folder / "log", as_of)
    return (folder / "log" / log.FILE).read_bytes(), rules.lines_read, dict(rules.dropped)
