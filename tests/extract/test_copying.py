"""COPY and the iterator give the same log, to the last byte."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.db.models import (
    Case,
    CharField,
    DateField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, TruncDate, TruncDay
from django.utils import timezone

from django_clvrec.exceptions import ClvrecError, SourceUnreadable
from django_clvrec.extract import extract, is_busy, log
from django_clvrec.extract import rows as reading
from django_clvrec.extract.copying import copy
from django_clvrec.extract.iterating import iterate
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Line, Review

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

WORDS = [
    "plain", "", " ", ",", '"', '""', "'", "\\", "\\.", "\\N", "a,b", 'say "hi"', "two\nlines",
    "win\r\ndows", "\r", "tab\there", "NULL", "NaN", "None", "t", "%s", "%%", "{}", "c0", "é",
    "Ω≈ç√", "日本語", "🛒🥕", "e\u0301", "\u202eright to left", " padded ", "0012", "1e5", "x" * 40,
]  # fmt: skip


def shop(**changes):
    """The corner shop's source with these attributes instead."""
    return type("Changed", (CornerShop,), changes)()


@pytest.fixture
def awkward(stock):
    """Lines with words, amounts, times and gaps that are easily taken wrong."""
    rng = random.Random(7)
    prices = [None, "0", "-1", "0.0001", "1.5", "12345678.9012", "0.3333", "2.0000", "99999999"]
    customers = [stock.customer(word) for word in WORDS[:9]] + [None]
    for number, word in enumerate(WORDS):
        shelf = None if number % 5 == 4 else word or "empty"
        stock.product(word or "nothing", shelf, WORDS[-1 - number])
        order = stock.order(rng.choice(customers), rng.randrange(-1, 400))
        seconds = dt.timedelta(seconds=rng.randrange(90_000), microseconds=rng.choice([0, 1, 250]))
        order.placed_at = None if number % 11 == 10 else order.placed_at + seconds
        order.save()
        for _ in range(3):
            stock.line(
                order,
                word or "nothing",
                rng.choice(prices),
                rng.choice([1, 2, 3, -1]),
                stars=rng.choice([None, 1, 5]),
                is_refunded=rng.random() < 0.1,
            )
    # an hour that comes twice where clocks go back
    for minute in (0, 30, 60, 90, 120):
        order = stock.order(customers[0])
        order.placed_at = dt.datetime(2025, 10, 26, 0, 1, tzinfo=dt.UTC) + dt.timedelta(
            minutes=minute
        )
        order.save()
        stock.line(order, "plain")


@pytest.fixture
def written(tmp_path, as_of, monkeypatch):
    """The log as bytes or the error, and the counts, of a source that is read in one way."""
    monkeypatch.setattr(reading, "BATCH_ROWS", 17)

    def written(source, way):
        monkeypatch.setattr(log, "read", lambda source: way(source, reading.annotated(source)))
        try:
            rules = extract(source, tmp_path, as_of)
        except ClvrecError as error:
            return type(error), str(error)
        return (tmp_path / log.FILE).read_bytes(), rules.lines_read, dict(rules.dropped)

    return written


EXACT = DecimalField(max_digits=20, decimal_places=4)
NOT_A_NUMBER = Cast(Value("NaN"), FloatField())
SAME = {
    "as it is": {},
    "float revenue": {"revenue": Cast(F("unit_price"), FloatField()) / 7.0},
    "float revenue, not a number": {
        "revenue": Case(
            When(quantity=2, then=NOT_A_NUMBER),
            When(quantity=3, then=Cast(Value("Infinity"), FloatField())),
            default=Cast("unit_price", FloatField()),
        )
    },
    "many places": {"revenue": F("unit_price") / Value(Decimal(7))},
    "numeric, not a number": {
        "revenue": Case(
            When(
                quantity=2, then=Cast(Value("NaN"), DecimalField(max_digits=20, decimal_places=4))
            ),
            default=F("unit_price"),
            output_field=DecimalField(max_digits=20, decimal_places=4),
        )
    },
    "whole revenue": {"revenue": F("quantity")},
    "revenue called a float": {
        "revenue": ExpressionWrapper(F("unit_price") * F("quantity"), FloatField())
    },
    "dates": {"purchased_at": Cast("order__placed_at", DateField())},
    "truncated dates": {"purchased_at": TruncDate("order__placed_at")},
    "words as keys": {"customer": "order__customer__name", "order": "product__brand"},
    "booleans as keys": {"order": F("is_refunded")},
    "decimals as keys": {"order": "unit_price"},
    "whole numbers as customers": {"customer": "quantity"},
    "ratings with places": {"rating": Cast("unit_price", FloatField()) / 3.0},
    "decimal ratings": {"rating": "unit_price"},
    "ratings, not a number": {"rating": NOT_A_NUMBER},
    "refund by a number": {"refund": "review__stars"},
    "refund by a subquery": {
        "refund": Exists(Review.objects.filter(line=OuterRef("pk"), stars__lt=3))
    },
    "no options": {"rating": None, "refund": None},
    "composite line": {"line": ("order_id", "product_id")},
    "composite line with gaps": {"line": ("product__category_id", "review__stars", "product_id")},
    "line of one word": {"line": ("product__brand",)},
    "line of a customer": {"line": ("order__customer_id",)},
    "a join that repeats": {"queryset": Line.objects.filter(order__line__quantity__gt=0)},
    "distinct": {"queryset": Line.objects.distinct()},
    "awkward parameters": {
        "queryset": Line.objects.exclude(product_id="100%s ' \" \\ {}").annotate(
            tag=Concat(Value("%s;%%'\n"), "product_id", output_field=CharField())
        ),
        "order": "tag",
    },
    "an infinite revenue": {
        "revenue": Cast(Value("Infinity"), FloatField()),
    },
    "too large an amount": {"revenue": Cast(Value("1e30"), FloatField())},
    "too long a key": {"order": Value("x" * 300, CharField())},
}


@pytest.mark.parametrize("use_tz", [True, False])
@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_copy_writes_what_the_iterator_writes(awkward, written, settings, use_tz, changes):
    settings.USE_TZ, settings.TIME_ZONE = use_tz, "Europe/Berlin"
    source = shop(**changes)
    by_hand = written(source, iterate)
    assert copy(source, reading.annotated(source)) is not None
    copied = written(source, copy)
    assert copied[1:] == by_hand[1:]
    assert copied[0] == by_hand[0]


class Loud(CharField):
    """A field whose values are not those of the database."""

    def from_db_value(self, value, expression, connection):
        return value and value.upper()


OTHER = {
    "keys of a host's own field": {"order": Cast("product_id", Loud())},
    "keys with many places": {"order": F("unit_price") / Value(Decimal(7))},
    "floats as keys": {"order": Cast("unit_price", FloatField())},
    "times as keys": {"order": "order__placed_at"},
    "a time that is truncated": {"purchased_at": TruncDay("order__placed_at")},
    "nothing at all": {"queryset": Line.objects.none()},
}


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER)
def test_what_may_come_out_otherwise_goes_through_the_iterator(awkward, changes):
    source = shop(**changes)
    assert copy(source, reading.annotated(source)) is None
    assert log.read(source) is not None


def test_another_time_zone_than_that_of_the_connection_goes_through_the_iterator(
    settings, monkeypatch
):
    settings.USE_TZ = False
    monkeypatch.setitem(vars(connections["default"]), "timezone_name", "Asia/Tokyo")
    assert copy(shop(), reading.annotated(shop())) is None


def test_a_zone_that_is_active_for_a_visitor_changes_no_way_in(settings):
    settings.USE_TZ = False
    with timezone.override("Asia/Tokyo"):
        assert copy(shop(), reading.annotated(shop())) is not None


def test_the_shop_is_read_in_one_transaction_with_what_it_has_written(stock, as_of, tmp_path):
    stock.bought(stock.customer(), "apple")
    assert extract(shop(), tmp_path, as_of).lines_read == 1


def test_a_database_that_goes_away_ends_in_a_clear_error(awkward, as_of, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 5)
    told = []

    def cut_off(lines_read):
        if not told:
            connection.connection.pgconn.finish()
        told.append(lines_read)

    with pytest.raises(SourceUnreadable, match="The database failed while corner was read, after"):
        extract(shop(), tmp_path / "log", as_of, cut_off)
    assert list((tmp_path / "log").iterdir()) == []
    connection.close()


def test_an_extraction_that_is_given_up_leaves_the_connection_free(
    awkward, as_of, tmp_path, monkeypatch
):
    monkeypatch.setattr(reading, "BATCH_ROWS", 5)

    def give_up(_lines_read):
        assert is_busy("default")
        raise KeyError

    with pytest.raises(KeyError):
        extract(shop(), tmp_path, as_of, give_up)
    assert not is_busy("default")
    assert Line.objects.exists()
