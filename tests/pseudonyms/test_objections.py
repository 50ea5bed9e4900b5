"""Who objected, or is erased, while keys became pseudonyms or the secret changed."""

import pytest

from django_clvrec import pipeline
from django_clvrec.feedback import Subject, record, subjects_of, token_for
from django_clvrec.models import CustomerScore, Erasure, TierChange
from django_clvrec.privacy import erase, held, let_in
from django_clvrec.pseudonyms import marked_keys, stored_key
from django_clvrec.serving import recommend, tier_of
from tests.pseudonyms.test_nowhere import ByHeader  # noqa: F401 - named in settings
from tests.shelf import AS_OF, Shelf, product

pytestmark = pytest.mark.django_db
SOURCE = "ShopPurchases"
BEFORE = [None, "the secret that was there before"]


@pytest.fixture(params=BEFORE, ids=["without a secret", "under another secret"])
def objected(request, pseudonyms):
    """A customer who objected before PSEUDONYM_KEY was as it is now."""

    def objected(key, source=SOURCE):
        pseudonyms(request.param)
        erase(key, source, stays_out=True)
        pseudonyms()
        return key

    return objected


def test_they_are_answered_as_a_visitor_is(objected):
    shelf, oats = Shelf(), product()
    key = objected("4711")
    shelf.score(stored_key(key), tier="high")
    shelf.recommended(stored_key(key), oats)
    assert recommend(key, "product").customer_key is None
    assert tier_of(key) == "new"


def test_no_refresh_learns_from_their_orders(objected, stock):
    stock.fill(customers=20)
    ann, bob = stock.customer(), stock.customer()
    for one in (ann, bob):
        stock.bought(one, "apple")
    objected(str(ann.pk), "corner")
    made = pipeline.refresh("corner", engine="local", as_of=stock.as_of)
    keys = {*CustomerScore.objects.values_list("customer_key", flat=True)}
    assert stored_key(str(ann.pk)) not in keys
    assert stored_key(str(bob.pk)) in keys
    assert made.report["lines_dropped"]["erased"] == 1


def test_no_feedback_of_them_is_stored(objected, rf, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.pseudonyms.test_nowhere.ByHeader"}
    Shelf().popular(product())
    key = objected("4711")
    mine = subjects_of(rf.get("/", headers={"X-Customer": key}))
    token = token_for(recommend(None, "product"), subject=mine[0])
    assert record([{"list": token, "kind": "shown"}], mine).accepted == 0


def test_it_is_held_and_can_be_undone(objected):
    key = objected("4711")
    assert len([*dict(held(key))["erasures"]]) == 1
    assert let_in([key]) == 1
    assert let_in([key]) == 0


def test_rows_from_before_are_erased_too(pseudonyms):
    pseudonyms(None)
    Shelf().score("4711")
    same = {"source": SOURCE, "changed_at": AS_OF, "snapshot_id": 1}
    TierChange.objects.create(
        **same, customer_key="4711", from_tier="mid", to_tier="high", cause="order"
    )
    pseudonyms()
    found = erase("4711")
    assert found.customers == 1
    assert found.rows == {"CustomerScore": 1, "TierChange": 1}


def test_who_is_called_as_anothers_pseudonym_is_erased_alone(pseudonyms):
    victim = stored_key("4711")
    Shelf().score(victim)
    assert erase(str(victim)).total == 0
    assert marked_keys(str(victim)) == (stored_key(str(victim)),)
    assert CustomerScore.objects.exists()


def test_without_pseudonyms_there_is_one_mark(db):
    erase("4711")
    assert Erasure.objects.count() == 1
    assert Subject(key="1", is_customer=True) == Subject(
        key="1", is_customer=True, marked=marked_keys("1")
    )
