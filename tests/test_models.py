"""What the models say of themselves, and what the database refuses."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from django_clvrec.arrays import load_arrays
from django_clvrec.models import CustomerScore, Snapshot
from tests.shelf import Shelf


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.mark.django_db
def test_the_migrations_fit_the_models():
    call_command("makemigrations", "clvrec", check=True, dry_run=True, verbosity=0)


# live


def test_one_snapshot_of_each_source_is_live(shelf):
    corner = Shelf("corner")
    Shelf("corner", is_live=False)
    assert set(Snapshot.objects.live()) == {shelf.snapshot, corner.snapshot}
    assert Snapshot.objects.live("corner").get() == corner.snapshot


def test_rows_are_live_with_their_snapshot(shelf):
    row, corner = shelf.score("ann"), Shelf("corner").score("ann")
    Shelf(is_live=False).score("ann")
    assert set(CustomerScore.objects.live()) == {row, corner}
    assert CustomerScore.objects.live("ShopPurchases").get() == row


def test_a_snapshot_knows_whether_it_is_live(shelf):
    assert shelf.snapshot.is_live
    assert not Shelf(is_live=False).snapshot.is_live


def test_the_live_snapshot_cannot_be_deleted(shelf):
    with pytest.raises(ProtectedError):
        shelf.snapshot.delete()


# tiers


def means(shelf):
    return {row["tier"]: row for row in shelf.snapshot.scores.tier_means()}


def test_every_tier_has_its_size_sums_means_and_share(shelf):
    shelf.score("ann", tier="high", spent="50", recency_days=2, frequency=8)
    shelf.score("bob", tier="high", spent="25", recency_days=4, frequency=5)
    shelf.score("cid", tier="low", spent="25", recency_days=90, frequency=2)
    high = means(shelf)["high"]
    assert (high["customers"], high["revenue"], high["revenue_share"]) == (2, Decimal(75), 0.75)
    assert (high["recency_days"], high["frequency"], high["monetary_value"]) == (
        3, 6.5, Decimal("37.5"),
    )  # fmt: skip


def test_tiers_stand_from_new_to_high_the_empty_ones_too(shelf):
    shelf.score("ann", tier="mid")
    rows = shelf.snapshot.scores.tier_means()
    assert [(row["tier"], row["customers"]) for row in rows] == [
        ("new", 0), ("low", 0), ("mid", 1), ("high", 0),
    ]  # fmt: skip


def test_an_empty_tier_has_no_revenue_and_no_means(shelf):
    shelf.score("ann", tier="mid")
    assert means(shelf)["high"] == {
        "tier": "high", "customers": 0, "revenue": 0, "revenue_share": 0.0,
        "recency_days": None, "frequency": None, "monetary_value": None,
    }  # fmt: skip


def test_without_customers_all_tiers_are_empty(shelf):
    assert [row["customers"] for row in shelf.snapshot.scores.tier_means()] == [0, 0, 0, 0]


def test_customers_who_spent_nothing_have_no_share(shelf):
    shelf.score("ann", tier="mid", spent="0")
    assert means(shelf)["mid"]["revenue_share"] == 0


def test_tier_means_take_one_query(shelf, django_assert_num_queries):
    shelf.score("ann")
    with django_assert_num_queries(1):
        means(shelf)


# what the database refuses


def refused(action):
    with pytest.raises(IntegrityError), transaction.atomic():
        action()
    return True


def test_a_customer_has_one_score_in_a_snapshot(shelf):
    shelf.score("ann")
    assert refused(lambda: shelf.score("ann"))
    assert Shelf(is_live=False).score("ann")


def test_a_customer_has_one_list_for_each_level_and_intent(shelf):
    shelf.recommended("ann", "pear")
    assert refused(lambda: shelf.recommended("ann", "apple"))
    assert shelf.recommended("ann", "apple", intent="again")
    assert shelf.recommended("ann", "apple", level="brand")


def test_a_tier_has_one_popular_list_for_each_level(shelf):
    shelf.popular("pear")
    assert refused(lambda: shelf.popular("apple"))
    assert shelf.popular("apple", tier="high")


def test_an_array_is_stored_once(shelf):
    shelf.factors({"apple": [1.0]})
    assert refused(lambda: shelf.factors({"apple": [2.0]}))
    assert load_arrays(shelf.snapshot.pk, "als/product/")["item_factors"].tolist() == [[1.0]]


# how they read


def test_a_list_is_pairs_of_key_and_score(shelf):
    assert shelf.popular("pear", "apple").pairs() == [("pear", 0.9), ("apple", 0.89)]


def test_each_names_itself(shelf):
    number = shelf.snapshot.pk
    assert str(shelf.snapshot) == f"ShopPurchases #{number}"
    assert str(shelf.score("ann")) == "ann"
    assert str(shelf.recommended("ann", "pear")) == "ann: product, discover"
    assert str(shelf.popular("pear", tier="high")) == "product high"
    assert str(shelf.popular("pear")) == "product"
