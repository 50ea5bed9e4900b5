"""What an export holds: every customer of one snapshot, as that stands."""

from decimal import Decimal
from itertools import chain, groupby

import pytest

from django_clvrec import exceptions
from django_clvrec.exports import recommendations, scores, tables
from django_clvrec.models import CustomerScore, SegmentTable, Snapshot
from django_clvrec.serving import AnswerSource
from tests.shelf import Shelf

INTENTS = ["discover", "mixed", "again"]


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(tables, "PAGE_CUSTOMERS", 2)


def rows(table):
    return list(chain.from_iterable(table.pages))


def lists(**wish):
    """By customer, where the list comes from and its items."""
    found = rows(recommendations(**{"level": "product"} | wish))
    return {
        key: (own[0][4], [item for _, _, item, _, _ in own])
        for key, own in ((key, list(own)) for key, own in groupby(found, lambda row: row[0]))
    }


def customers(**wish):
    return [row[0] for row in rows(scores(**wish))]


# recommendations


def test_a_row_is_an_item_with_its_rank_score_and_source(shelf):
    shelf.score("ann")
    shelf.recommended("ann", "pear", "apple")
    table = recommendations(level="product")
    assert [*table.columns] == ["customer_key", "rank", "item_key", "score", "source"]
    assert rows(table) == [
        ("ann", 1, "pear", 0.9, "stored"),
        ("ann", 2, "apple", 0.89, "stored"),
    ]


@pytest.mark.parametrize("intent", ["discover", "mixed"])
def test_who_has_no_list_gets_what_is_popular_in_their_tier_or_overall(shelf, intent):
    for key, tier in (("ann", "high"), ("bob", "high"), ("cid", "new"), ("dan", "low")):
        shelf.score(key, tier=tier)
    shelf.recommended("ann", "pear", intent=intent)
    shelf.recommended("dan", intent=intent)  # a list without items is none
    shelf.popular("apple", tier="high")
    shelf.popular(tier="low")
    shelf.popular("plum")
    assert lists(intent=intent) == {
        "ann": ("stored", ["pear"]),
        "bob": ("popular_in_tier", ["apple"]),
        "cid": ("popular", ["plum"]),
        "dan": ("popular", ["plum"]),
    }


def test_to_buy_again_there_are_stored_lists_only(shelf):
    shelf.score("ann")
    shelf.score("bob", tier="new")
    shelf.recommended("ann", "pear", intent="again")
    shelf.popular("plum")
    assert lists(intent="again") == {"ann": ("stored", ["pear"])}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_every_customer_is_covered_wherever_pages_end(shelf, small_pages, count):
    shelf.popular("plum", "fig")
    keys = [f"c{number}" for number in range(count)]
    for key in reversed(keys):
        shelf.score(key, tier="new")
    for key in keys[::2]:
        shelf.recommended(key, f"for {key}")
    assert [*lists()] == customers() == keys
    assert all(items == [f"for {key}"] for key, (_, items) in lists().items() if key in keys[::2])


def test_a_list_is_the_first_n_of_its_level_and_intent(shelf):
    shelf.score("ann")
    shelf.recommended("ann", "pear", "apple", "plum")
    shelf.recommended("ann", "brand x", level="category")
    shelf.recommended("ann", "fig", intent="mixed")
    assert lists(n=2) == {"ann": ("stored", ["pear", "apple"])}
    assert lists(intent="mixed") == {"ann": ("stored", ["fig"])}
    assert lists(level=None) == {"ann": ("stored", ["brand x"])}


def test_sources_of_lists_are_called_as_in_answers():
    named = (tables.STORED, tables.POPULAR_IN_TIER, tables.POPULAR)
    assert named == (AnswerSource.STORED, AnswerSource.POPULAR_IN_TIER, AnswerSource.POPULAR)


@pytest.mark.parametrize("count", [10, 400])
def test_a_page_takes_two_queries_whatever_it_holds(shelf, count, django_assert_num_queries):
    CustomerScore.objects.bulk_create(made_up(shelf.snapshot, count))
    table = recommendations(level="product")
    # what is popular, a page and its lists, the page after it, and whether the snapshot still is
    with django_assert_num_queries(5):
        rows(table)


# scores


def made_up(snapshot, count):
    numbers = dict.fromkeys(
        ("recency_score", "frequency_score", "monetary_score", "overall_score", "recency_days"), 1
    )
    return [
        CustomerScore(
            snapshot=snapshot,
            customer_key=f"customer-{number:06}",
            tier="mid",
            segment="loyal",
            frequency=number,
            age_days=9,
            monetary_value=Decimal(number) / 4,
            clv=number / 3,
            **numbers,
        )
        for number in range(count)
    ]


def test_a_customer_is_one_row_of_scores_tier_segment_and_forecasts(shelf):
    shelf.score("ann", tier="high", spent="12.5", overall_score=7, segment="loyal", order_days=3,
        expected_orders=1.5, p_alive=0.75, clv=20.0, clv_low=5.0, clv_high=40.0)  # fmt: skip
    table = scores()
    [row] = rows(table)
    assert dict(zip(table.columns, row, strict=True)) == {
        "customer_key": "ann", "recency_days": 3, "frequency": 4,
        "monetary_value": Decimal("12.5"), "age_days": 50, "order_days": 3, "recency_score": 2,
        "frequency_score": 2, "monetary_score": 2, "overall_score": 7, "tier": "high",
        "segment": "loyal", "expected_orders": 1.5, "p_alive": 0.75, "clv": 20.0, "clv_low": 5.0,
        "clv_high": 40.0,
    }  # fmt: skip


def test_every_column_of_a_score_is_exported():
    columns = {field.name for field in CustomerScore._meta.fields} - {"id", "snapshot"}
    assert set(tables.SCORE_COLUMNS) == columns


def test_scores_are_those_of_some_tiers_and_segments(shelf, small_pages):
    for key, tier, segment in (
        ("ann", "high", "at_risk"), ("bob", "high", "loyal"), ("cid", "low", "at_risk"),
        ("dan", "mid", "lost"),
    ):  # fmt: skip
        shelf.score(key, tier=tier, segment=segment)
    assert customers(tiers=["high"]) == ["ann", "bob"]
    assert customers(tiers=["high", "low"]) == ["ann", "bob", "cid"]
    assert customers(segments=["at_risk", "lost"]) == ["ann", "cid", "dan"]
    assert customers(tiers=["high"], segments=["at_risk"]) == ["ann"]


# which snapshot


def test_the_live_snapshot_of_the_source_is_exported(shelf):
    shelf.score("ann")
    Shelf("corner").score("bob")
    other = Shelf(is_live=False)
    other.score("cid")
    assert customers() == customers(source="ShopPurchases") == ["ann"]
    assert customers(source="corner") == ["bob"]
    assert customers(snapshot=other.snapshot.pk) == ["cid"]


def test_an_export_ends_with_the_snapshot_it_began_with(shelf, small_pages):
    for key in ("ann", "bob", "cid"):
        shelf.score(key)
    table = scores()
    found = [*next(table.pages)]
    Shelf().score("zoe")
    found += rows(table)
    assert [row[0] for row in found] == ["ann", "bob", "cid"]


def test_it_is_an_error_when_the_snapshot_goes_meanwhile(shelf):
    shelf.score("ann")
    table = scores()
    next(table.pages)
    Snapshot.objects.update(state="expired")
    with pytest.raises(exceptions.SnapshotRemoved, match="KEEP_SNAPSHOTS"):
        rows(table)


# what is not there


def test_before_the_first_refresh_there_is_nothing_to_export(db):
    with pytest.raises(exceptions.NoLiveSnapshot, match="clvrec_refresh"):
        scores()


@pytest.mark.parametrize("state", ["running", "failed", "expired"])
def test_a_snapshot_that_did_not_finish_is_not_exported(shelf, state):
    other = Shelf(is_live=False, state=state).snapshot.pk
    with pytest.raises(exceptions.UnknownSnapshot, match=str(other)):
        scores(snapshot=other)


def test_a_snapshot_of_another_source_is_not_exported(shelf):
    with pytest.raises(exceptions.UnknownSnapshot, match="of corner"):
        scores(snapshot=shelf.snapshot.pk, source="corner")


@pytest.mark.parametrize(
    ("ask", "wish", "error"),
    [
        (recommendations, {"level": "shelf"}, exceptions.UnknownLevel),
        (recommendations, {"intent": "forget"}, exceptions.UnknownIntent),
        (recommendations, {"n": 0}, exceptions.BadListLength),
        (recommendations, {"n": 51}, exceptions.BadListLength),
        (recommendations, {"source": "kiosk"}, exceptions.NoSource),
        (scores, {"source": "kiosk"}, exceptions.NoSource),
        (scores, {"tiers": ["high", "gold"]}, exceptions.UnknownTier),
        (scores, {"segments": ["loyal", "vip"]}, exceptions.UnknownSegment),
    ],
)
def test_what_is_unknown_is_named_before_anything_is_read(shelf, ask, wish, error):
    wrong = next(iter(wish.values()))
    with pytest.raises(error, match=str(wrong[-1] if isinstance(wrong, list) else wrong)):
        ask(**wish)


def test_segments_of_an_admins_table_and_of_older_snapshots_are_known(shelf):
    everyone = {"name": "vip", "recency": [0, 1], "frequency_monetary": [0, 1]}
    SegmentTable.objects.create(rules=[everyone])
    shelf.score("ann", segment="loyal")
    assert customers(segments=["vip"]) == []
    assert customers(segments=["loyal"]) == ["ann"]
    with pytest.raises(exceptions.UnknownSegment):
        scores(segments=["lost"])
