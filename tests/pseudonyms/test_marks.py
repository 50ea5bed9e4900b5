"""Who stays out does so under whatever secret: the shop's own key is marked too."""

import datetime as dt

import pyarrow.parquet as pq
import pytest

from django_clvrec import marks
from django_clvrec.extract import extract
from django_clvrec.extract.log import FILE
from django_clvrec.feedback.subjects import customer, kept
from django_clvrec.models import Erasure
from django_clvrec.privacy import erase, held, let_in
from django_clvrec.pseudonyms import stored_key
from django_clvrec.serving import recommend
from django_clvrec.sources import get_source
from tests.corner_shop.models import Order
from tests.shelf import Shelf

ONE, OTHER = "one secret of the tests, long enough", "another secret of them, long enough"
CHANGES = [(None, ONE), (ONE, OTHER), (ONE, None)]


@pytest.fixture
def under(settings):
    """Keys are stored under this secret from here on; None: as the shop has them."""

    def under(secret):
        settings.CLVREC = settings.CLVREC | {"PSEUDONYM_KEY": secret}

    return under


@pytest.fixture
def read(tmp_path, as_of, settings):
    """Extracts the corner shop with a kept log, some days later; its rules."""
    settings.CLVREC = settings.CLVREC | {"LOG_DIR": tmp_path / "kept"}

    def read(days=0):
        return extract(get_source("corner"), tmp_path / "log", as_of + dt.timedelta(days=days))

    return read


@pytest.fixture
def ann(stock):
    """Ann and bob bought long ago and lately."""
    ann, bob = stock.customer("ann"), stock.customer("bob")
    for one in (ann, bob):
        stock.bought(one, "fig", days_ago=200)
        stock.bought(one, "fig", days_ago=2)
    return str(ann.pk)


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_orders_of_who_objected_are_dropped_after_the_secret_changed(
    ann, under, read, before, after
):
    under(before)
    erase(ann, "corner", stays_out=True)
    assert read().dropped["erased"] == 2
    under(after)
    assert read().dropped["erased"] == 2
    assert read(days=1).dropped["erased"] == 2


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_who_objected_is_answered_as_a_visitor_after_the_secret_changed(db, under, before, after):
    under(before)
    erase("ann", "corner", stays_out=True)
    under(after)
    shelf = Shelf("corner")
    shelf.score(stored_key("ann"), tier="high")
    assert recommend("ann", "product", source="corner").customer_key is None
    assert recommend("bob", "product", source="corner").customer_key == stored_key("bob")


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_no_feedback_is_kept_of_who_objected_after_the_secret_changed(
    db, under, as_of, before, after
):
    under(before)
    erase("ann", "corner", stays_out=True)
    under(after)
    subject = customer("ann")
    assert kept([subject], as_of + dt.timedelta(days=365)) == []


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_who_is_let_in_after_the_secret_changed_is_in(ann, under, read, before, after):
    under(before)
    erase(ann, "corner", stays_out=True)
    under(after)
    assert let_in([ann], "corner") == 1
    assert read().dropped["erased"] == 0


def test_one_who_is_marked_by_two_names_is_one(db, under):
    under(ONE)
    erase("ann", "corner", stays_out=True)
    erase(stored_key("ann"), "corner")
    assert Erasure.objects.count() == 2
    assert Erasure.objects.filter(stays_out=True).count() == 2
    assert len([*dict(held("ann", "corner"))["erasures"]]) == 2
    assert let_in(["ann"], "corner") == 1
    assert not marks.staying_out("corner")


def test_a_kept_log_goes_on_where_the_shop_deleted_who_was_erased(ann, under, read, tmp_path):
    under(ONE)
    read()
    Order.objects.filter(customer=ann).delete()
    erase(ann, "corner")
    assert read(days=1).lines_kept == 1
    assert stored_key(ann) not in customers(tmp_path)


def test_everything_is_read_where_the_shop_may_still_have_orders(ann, under, read, tmp_path):
    under(ONE)
    read()
    erase(ann, "corner")
    assert read(days=1).lines_kept == 0
    assert stored_key(ann) in customers(tmp_path)


def customers(tmp_path):
    return pq.read_table(tmp_path / "log" / FILE)["customer_key"].to_pylist()
