"""A kept log does not outlive what the shop deleted, nor hold who stays out."""

import datetime as dt

import pyarrow.parquet as pq
import pytest

from django_clvrec.extract import log
from django_clvrec.privacy import erase, let_in
from tests.corner_shop.models import Order
from tests.extract.test_keeping import later, read  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(stock):
    """Three settled lines and a recent one; bob has one of each."""
    ann, bob = stock.customer("ann"), stock.customer("bob")
    stock.bought(ann, "apple", "pear", days_ago=200)
    for customer in (ann, bob):
        stock.bought(customer, "fig", days_ago=90)
        stock.bought(customer, "plum", days_ago=2)
    return ann


def customers(tmp_path):
    return {*pq.read_table(tmp_path / "log" / log.FILE)["customer_key"].to_pylist()}


def test_who_stays_out_is_dropped_and_the_others_are_not_read_again(read, ann, as_of, tmp_path):  # noqa: F811
    read()
    erase(str(ann.pk), "corner", stays_out=True)
    rules = read(as_of=later(as_of))
    assert (rules.lines_kept, rules.dropped["erased"]) == (4, 4)
    assert str(ann.pk) not in customers(tmp_path)
    rules = read(as_of=later(as_of, 2))
    assert (rules.lines_kept, rules.dropped["erased"]) == (4, 4)


def test_who_is_let_in_again_is_read_anew(read, ann, as_of, tmp_path):  # noqa: F811
    erase(str(ann.pk), "corner", stays_out=True)
    read()
    let_in([str(ann.pk)], "corner")
    rules = read(as_of=later(as_of))
    assert (rules.lines_kept, rules.dropped["erased"]) == (0, 0)
    assert str(ann.pk) in customers(tmp_path)


def test_lines_that_the_shop_deleted_go_without_a_full_reading(read, ann, as_of, tmp_path):  # noqa: F811
    read()
    Order.objects.filter(customer=ann).delete()
    erase(str(ann.pk), "corner")
    rules = read(as_of=later(as_of))
    assert (rules.lines_kept, rules.dropped["erased"]) == (1, 0)
    assert str(ann.pk) not in customers(tmp_path)


def test_lines_that_the_shop_made_nameless_do_not_live_on(ann, as_of, tmp_path, settings):
    from django_clvrec.extract import extract
    from tests.extract.test_keeping import shop

    settings.CLVREC = settings.CLVREC | {"LOG_DIR": tmp_path / "kept"}
    extract(shop(), tmp_path / "log", as_of)
    Order.objects.filter(customer=ann).update(customer=None)
    erase(str(ann.pk), "corner")
    rules = extract(shop(), tmp_path / "log", as_of + dt.timedelta(days=1))
    assert (rules.lines_kept, rules.dropped["erased"], rules.dropped["no_customer"]) == (4, 3, 1)
    assert str(ann.pk) not in customers(tmp_path)


def test_who_was_erased_and_still_has_orders_is_read_in_full(read, ann, as_of, tmp_path):  # noqa: F811
    read()
    erase(str(ann.pk), "corner")
    assert read(as_of=later(as_of)).lines_kept == 0
    assert str(ann.pk) in customers(tmp_path)


def test_a_log_that_is_older_than_marks_is_not_used(read, ann, as_of, settings):  # noqa: F811
    read()
    settings.CLVREC = settings.CLVREC | {"HISTORY_DAYS": 1}
    assert read(as_of=later(as_of, 2)).lines_kept == 0
