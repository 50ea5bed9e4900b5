"""A log that goes on from the last one is the log that a full reading writes."""

import datetime as dt
import json
from pathlib import Path

import pytest

from django_clvrec.extract import extract, keeping, log
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Line, Order

pytestmark = pytest.mark.django_db


def shop(**changes):
    """The corner shop's source with these attributes instead."""
    return type("Changed", (CornerShop,), changes)()


@pytest.fixture
def read(settings, tmp_path, as_of):
    """Extracts with the kept log; the rules with their counts, once they are as in a full one."""
    settings.CLVREC = settings.CLVREC | {"LOG_DIR": tmp_path / "kept", "LOG_WINDOW_DAYS": 30}

    def read(source=None, as_of=as_of, **options):
        source = source or shop()
        kept = settings.CLVREC
        rules = extract(source, tmp_path / "log", as_of, **options)
        settings.CLVREC = kept | {"LOG_DIR": None}
        whole = extract(source, tmp_path / "whole", as_of)
        settings.CLVREC = kept
        assert (rules.lines_read, rules.dropped) == (whole.lines_read, whole.dropped)
        logs = [tmp_path / folder / log.FILE for folder in ("log", "whole")]
        assert logs[0].read_bytes() == logs[1].read_bytes()
        return rules

    return read


@pytest.fixture
def folder(tmp_path):
    """Where the log of the corner shop is kept."""
    return lambda: next((tmp_path / "kept").iterdir())


@pytest.fixture
def orders(stock):
    """One line long ago, one that is just settled, two recent ones."""
    ann = stock.customer()
    return [stock.bought(ann, "apple", days_ago=days) for days in (200, 31, 29, 1)]


def later(as_of, days=1):
    return as_of + dt.timedelta(days=days)


def test_the_first_log_is_read_in_full(orders, read):
    assert read().lines_kept == 0


def test_the_next_one_reads_only_lines_of_the_window_anew(orders, read, as_of):
    read()
    rules = read(as_of=later(as_of))
    assert (rules.lines_read, rules.lines_kept) == (4, 2)


def test_lines_settle_as_time_goes_on(orders, read, as_of):
    assert [read(as_of=later(as_of, days)).lines_kept for days in (0, 2, 3, 40, 40)] == [
        0,
        2,
        3,
        3,
        4,
    ]


def test_late_lines_changes_and_deletions_within_the_window_are_read(orders, stock, read, as_of):
    read()
    stock.line(orders[2], "late")
    stock.line(stock.order(stock.customer(), 20), "later", stars=3)
    Line.objects.filter(order=orders[3]).update(is_refunded=True)
    Order.objects.filter(pk=orders[2].pk).update(customer=stock.customer())
    assert read(as_of=later(as_of)).lines_kept == 2
    Line.objects.filter(product_id="late").delete()
    assert read(as_of=later(as_of)).lines_kept == 2


def test_lines_without_a_time_are_read_each_time(orders, read, as_of):
    read()
    Order.objects.filter(pk=orders[3].pk).update(placed_at=None)
    assert read(as_of=later(as_of)).dropped["no_time"] == 1
    Order.objects.filter(pk=orders[3].pk).update(placed_at=as_of)
    assert read(as_of=later(as_of)).dropped["no_time"] == 0


def test_lines_that_the_rules_drop_are_counted_though_they_are_not_read_again(
    orders, stock, read, as_of
):
    stock.line(orders[0], price="0")
    stock.line(orders[0], is_refunded=True)
    stock.bought(None, "apple", days_ago=90)
    read()
    rules = read(as_of=later(as_of))
    assert {rule: count for rule, count in rules.dropped.items() if count} == {
        "no_customer": 1,
        "refund": 1,
        "zero": 1,
    }
    assert rules.lines_kept == 5


def test_an_old_line_that_came_or_went_leads_to_a_full_reading(orders, stock, read, as_of):
    read()
    stock.bought(stock.customer(), "found", days_ago=100)
    assert read(as_of=later(as_of)).lines_kept == 0
    orders[0].delete()
    assert read(as_of=later(as_of)).lines_kept == 0
    assert read(as_of=later(as_of)).lines_kept == 2


def test_an_old_line_that_turns_up_in_the_window_leads_to_a_full_reading(
    orders, stock, read, as_of
):
    read()
    Order.objects.filter(pk=orders[0].pk).update(placed_at=as_of)
    stock.bought(stock.customer(), "so that the number is the same", days_ago=100)
    assert read(as_of=later(as_of)).lines_kept == 0


def test_an_old_line_that_is_changed_in_place_is_missed_until_a_full_reading(orders, read, as_of):
    read()
    Line.objects.filter(order=orders[0]).update(unit_price=9)
    with pytest.raises(AssertionError):
        read(as_of=later(as_of))
    assert read(full=True, as_of=later(as_of)).lines_kept == 0
    assert read(as_of=later(as_of)).lines_kept == 2


def test_as_of_may_move_back(orders, read, as_of):
    read()
    assert read(as_of=later(as_of, -1)).lines_kept == 0
    assert read(as_of=later(as_of, -1)).lines_kept == 1


def test_what_was_the_future_is_read_when_it_has_come(orders, stock, read, as_of):
    stock.bought(stock.customer(), "tomorrow", days_ago=-1)
    assert read().dropped["future"] == 1
    assert read(as_of=later(as_of, 2)).dropped["future"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"queryset": Line.objects.all()},
        {"items": {"product": "product_id"}},
        {"rating": None},
        {"revenue": "unit_price"},
        {"queryset": Line.objects.filter(order__is_paid=True, quantity__lt=99)},
    ],
)
def test_a_source_that_has_changed_is_read_in_full(orders, read, changes):
    read()
    assert read(shop(**changes)).lines_kept == 0


@pytest.mark.parametrize("name", ["__version__", "FORMAT"])
def test_another_version_reads_in_full(orders, read, monkeypatch, name):
    read()
    monkeypatch.setattr(keeping, name, "another")
    assert read().lines_kept == 0


def test_another_window_or_time_zone_reads_in_full(orders, read, settings):
    read()
    settings.CLVREC = settings.CLVREC | {"LOG_WINDOW_DAYS": 31}
    assert read().lines_kept == 0
    settings.TIME_ZONE = "Asia/Tokyo"
    assert read().lines_kept == 0
    assert read().lines_kept == 1


@pytest.mark.parametrize("file", ["lines.parquet", "keys.parquet"])
@pytest.mark.parametrize("spoil", [lambda f: f.unlink(), lambda f: f.write_bytes(b"PAR1")])
def test_a_kept_log_that_is_not_whole_is_not_used(orders, read, folder, file, spoil):
    read()
    (found,) = folder().glob(f"*/{file}")
    spoil(found)
    assert read().lines_kept == 0
    assert read().lines_kept == 2


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '{"folder": 1}'])
def test_a_note_that_cannot_be_read_is_not_used(orders, read, folder, said):
    read()
    (folder() / "kept.json").write_text(said)
    assert read().lines_kept == 0


@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.usefixtures("orders")
def test_a_crash_leaves_the_kept_log_as_it_was(read, folder, as_of, monkeypatch, step):
    read()
    before = json.loads((folder() / "kept.json").read_text())
    steps = [Path.replace] * step

    def crash(*paths):
        return steps.pop()(*paths)

    with monkeypatch.context() as crashing:
        crashing.setattr(Path, "replace", crash)
        with pytest.raises(IndexError):
            read(as_of=later(as_of))
    assert json.loads((folder() / "kept.json").read_text()) == before
    assert read(as_of=later(as_of)).lines_kept == 2
    assert len([found for found in folder().iterdir() if found.is_dir()]) == 1


def test_a_source_whose_lines_have_no_order_to_merge_by_is_read_in_full(orders, read):
    source = shop(line=("order_id", "product_id"))
    read(source)
    assert read(source).lines_kept == 0


def test_duplicates_are_found_as_in_a_full_reading(orders, stock, read, as_of):
    stock.bought(stock.customer(), "apple", "pear", "fig", days_ago=60)
    stock.bought(stock.customer(), "apple", "pear", days_ago=10)
    source = shop(queryset=Line.objects.filter(order__line__quantity__gt=0))
    read(source)
    rules = read(source, as_of=later(as_of))
    assert (rules.lines_kept, rules.dropped["duplicated"]) == (11, 8)


def test_a_source_with_dates_settles_by_the_day(orders, read, as_of):
    from django.db.models import DateField
    from django.db.models.functions import Cast

    source = shop(purchased_at=Cast("order__placed_at", DateField()))
    read(source)
    assert read(source, as_of=later(as_of)).lines_kept == 2


def test_a_shop_without_time_zones_settles_by_its_own_days(orders, read, as_of, settings):
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"
    read()
    assert read(as_of=later(as_of)).lines_kept == 2


def test_small_batches_make_the_same_log(stock, read, as_of, monkeypatch):
    stock.fill(customers=8)
    monkeypatch.setattr("django_clvrec.extract.rows.BATCH_ROWS", 7)
    monkeypatch.setattr("django_clvrec.extract.writing.GROUP_ROWS", 11)
    read()
    stock.fill(customers=3, seed=2)
    read(as_of=later(as_of))
    assert read(as_of=later(as_of, 40)).lines_kept > 0
