"""What was shown, as a file: who it was shown to, what came of it, and as much as is wanted."""

import datetime as dt
import uuid
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from django_clvrec.engines.shown import SCHEMA
from django_clvrec.extract import extract_shown
from django_clvrec.extract import shown as extracting
from django_clvrec.models import Feedback
from django_clvrec.pseudonyms import stored_key
from tests.experiments.conftest import show

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


def ago(days):
    return NOW - dt.timedelta(days=days)


@pytest.fixture
def written(tmp_path):
    """The rows of the file of products, as lists."""

    def written(as_of=NOW):
        found = extract_shown(tmp_path / str(uuid.uuid4()), ["product"], as_of)
        assert list(found) == ["product"]
        table = pq.read_table(found["product"])
        assert table.schema.equals(SCHEMA)
        return [list(row.values()) for row in table.to_pylist()]

    return written


def came_of(shown, item, kind, days_ago, value=None):
    Feedback.objects.create(
        shown_list=shown,
        item_key=item,
        kind=kind,
        rank=1,
        at=ago(days_ago),
        value=value,
        batch=uuid.uuid4(),
    )


def test_every_item_of_a_list_is_there_with_what_came_of_it(written):
    shown = show("ann", items=("a", "b", "c"), shown_at=ago(5))
    came_of(shown, "a", "clicked", 4)
    came_of(shown, "a", "bought", 3, Decimal("12.5"))
    came_of(shown, "c", "clicked", 2)
    assert written() == [
        ["ann", "a", ago(5), ago(4), ago(3), 12.5],
        ["ann", "b", ago(5), None, None, None],
        ["ann", "c", ago(5), ago(2), None, None],
    ]


def test_the_newest_list_comes_first(written):
    for days in (7, 1, 3):
        show("ann", items=(f"{days}x", f"{days}y"), shown_at=ago(days))
    assert [row[1] for row in written()] == ["1x", "1y", "3x", "3y", "7x", "7y"]


def test_lists_of_visitors_of_other_levels_and_of_later_are_left_out(written):
    show("session:1", is_customer=False, shown_at=ago(1))
    show("ann", level="category", shown_at=ago(1))
    show("ann", shown_at=ago(-1))
    show("bob", items=("a",), shown_at=ago(0))
    assert [row[:2] for row in written()] == [["bob", "a"]]


def test_where_nothing_was_shown_there_is_an_empty_file(written):
    assert written() == []


def test_of_too_much_the_newest_is_written(written, monkeypatch):
    monkeypatch.setattr(extracting, "MOST_SHOWN", 3)
    for days in (1, 2, 3):
        show("ann", items=(f"{days}x", f"{days}y"), shown_at=ago(days), clicked=(f"{days}x",))
    assert [row[1] for row in written()] == ["1x", "1y", "2x"]
    assert Feedback.objects.count() == 3  # the connection is free again


def test_it_is_the_same_however_few_rows_are_read_at_once(tmp_path, monkeypatch):
    for days in range(9):
        show("ann", items=("a", "b"), shown_at=ago(days), clicked=("a", "b"), sold={"a": days})
    files = []
    for size in (1, 3, 10_000):
        monkeypatch.setattr(extracting, "BATCH_ROWS", size)
        found = extract_shown(tmp_path / str(size), ["product"], NOW)
        files.append(found["product"].read_bytes())
    assert files[0] == files[1] == files[2]


def test_each_level_takes_one_query(tmp_path, django_assert_num_queries):
    show("ann", clicked=("a",), shown_at=ago(1))
    with django_assert_num_queries(2):
        extract_shown(tmp_path, ["product", "category"], NOW)


@pytest.mark.usefixtures("pseudonyms")
def test_with_pseudonyms_no_key_of_the_shop_comes_into_a_file(written):
    show("42", items=("a",), shown_at=ago(1))  # from before there were any
    show(stored_key("42"), items=("b",), shown_at=ago(2))
    assert [row[:2] for row in written()] == [[stored_key("42"), "b"]]


def test_a_shop_without_time_zones_has_its_times_in_utc(written, settings):
    settings.USE_TZ = False
    settings.TIME_ZONE = "Europe/Berlin"
    at = dt.datetime(2026, 7, 1, 13, 30)  # noqa: DTZ001
    show("ann", items=("a",), shown_at=at, clicked=("a",))
    late = dt.datetime(2026, 7, 1, 14, 30)  # noqa: DTZ001
    show("ann", items=("b",), shown_at=late)
    expected = dt.datetime(2026, 7, 1, 11, 30, tzinfo=dt.UTC)
    for as_of in (NOW, timezone.make_naive(NOW, timezone.get_default_timezone())):
        assert [row[1:4] for row in written(as_of)] == [["a", expected, expected]]
