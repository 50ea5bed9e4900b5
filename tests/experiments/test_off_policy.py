"""Estimates of what other lists would have earned, where the truth is known."""

import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_clvrec.exceptions import BadPropensities, TooFewPropensities, UnknownLevel
from django_clvrec.experiments import estimate, estimate_popular, off_policy
from django_clvrec.models import Feedback, ShownList
from tests.experiments.conftest import show
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db

RATES = np.array([0.05, 0.1, 0.4, 0.3, 0.15, 0.2])
ITEMS = [f"i{number}" for number in range(len(RATES))]
SUBJECTS, LISTS, LENGTH = 300, 6, 2
PAIRS = [(i, j) for i in range(len(RATES)) for j in range(i + 1, len(RATES))]


@pytest.fixture(scope="module")
def simulated():
    """Two items each, drawn with probabilities that favour the bad ones; and what was clicked."""
    random = np.random.default_rng(11)
    odds = np.array([np.exp(-(RATES[i] + RATES[j]) * 4) for i, j in PAIRS])
    odds /= odds.sum()
    inclusion = np.zeros(len(RATES))
    for pair, chance in zip(PAIRS, odds, strict=True):
        inclusion[list(pair)] += chance
    lists, clicks = [], []
    for subject in range(SUBJECTS):
        for _ in range(LISTS):
            pair = PAIRS[random.choice(len(PAIRS), p=odds)]
            shown = ShownList(
                id=uuid.uuid4(), subject_key=str(subject), is_customer=True, level="product",
                intent="discover", answer_source="popular", snapshot_id=1, tier="new",
                items=[[ITEMS[i], round(float(inclusion[i]), 6)] for i in pair],
                shown_at=timezone.now(), batch=uuid.uuid4(),
            )  # fmt: skip
            lists.append(shown)
            clicks += [
                Feedback(
                    shown_list=shown, item_key=ITEMS[i], kind="clicked", rank=1,
                    at=shown.shown_at, batch=uuid.uuid4(),
                )
                for i in pair
                if random.random() < RATES[i]
            ]  # fmt: skip
    return lists, clicks


@pytest.fixture
def log(simulated):
    lists, clicks = simulated
    ShownList.objects.bulk_create(lists)
    Feedback.objects.bulk_create(clicks)


def holds(found, truth):
    """All three near the truth, which lies within their intervals."""
    for one in (found.ips, found.snips, found.doubly_robust):
        assert one.value == pytest.approx(truth, abs=0.04)
        assert one.low < truth < one.high


def test_popular_items_alone(log):
    Shelf("corner").popular(*(ITEMS[i] for i in (2, 3, 0)))
    found = estimate_popular("product", "corner")
    assert (found.lists, found.subjects, found.length) == (SUBJECTS * LISTS, SUBJECTS, LENGTH)
    assert found.logged < 0.22
    assert found.known == 1
    holds(found, 0.35)


def test_any_policy_that_is_given(log):
    chances = dict(zip(ITEMS, [0.1, 0.1, 0.8, 0.5, 0.2, 0.3], strict=True))
    truth = float(np.dot([*chances.values()], RATES)) / 2
    holds(estimate("product", chances.__getitem__), truth)


def test_a_good_model_makes_the_interval_no_wider(log):
    found = estimate("product", lambda item: float(item in {"i2", "i3"}))
    widths = {name: getattr(found, name) for name in ("ips", "doubly_robust")}
    widths = {name: one.high - one.low for name, one in widths.items()}
    assert widths["doubly_robust"] < widths["ips"]


def test_what_was_never_tried_out_is_told(log):
    Shelf("corner").popular("i2", "somewhere else")
    found = estimate_popular("product", "corner")
    assert found.known == 0.5
    holds(found, 0.4)


def test_an_item_that_was_shown_by_rare_chance_is_hardly_tried_out():
    for number in range(2000):
        second = ["b", 0.001] if number == 7 else ["c", 0.999]
        show(str(number), items=[["a", 1.0], second], clicked=["a"] if number % 2 else [])
    found = estimate("product", lambda item: float(item in {"a", "b"}))
    assert found.known == pytest.approx(0.5, abs=0.02)
    for one in (found.ips, found.snips, found.doubly_robust):
        assert one.low < 0.49 < one.high
    assert found.ips.clipped == pytest.approx(950 / 3000)


def test_a_policy_of_which_too_little_was_tried_out_is_refused(log):
    Shelf("corner").popular("nowhere", "somewhere else")
    with pytest.raises(TooFewPropensities, match="only 0% was ever in a list with propensities"):
        estimate_popular("product", "corner")


def test_probabilities_must_fit_into_the_lists(log):
    with pytest.raises(BadPropensities, match=r"6\.00 items in lists of 2"):
        estimate("product", dict.fromkeys(ITEMS, 1.0).__getitem__)


def test_too_few_propensities_are_refused_in_words():
    for number in range(120):
        drawn = number < 99
        show(str(number), items=[["a", 0.5 if drawn else None], ["b", 0.5]])
    with pytest.raises(TooFewPropensities, match="shown to 99 customers or visitors"):
        estimate("product", {}.__getitem__)


def test_lists_of_another_length_level_or_time_are_left_out(log):
    show("x", items=[["i1", 0.5]])
    show("x", items=[["i1", 0.5], ["i2", 0.5]], level="category")
    show("x", items=[["i1", 0.5], ["i2", 0.5]], shown_at=timezone.now() - timedelta(days=9))
    since = timezone.now() - timedelta(days=2)
    assert (
        estimate("product", dict.fromkeys(ITEMS, 1 / 3).__getitem__, since).lists
        == SUBJECTS * LISTS
    )


def test_other_lists_take_no_room_and_old_clicks_are_not_read(log, monkeypatch):
    monkeypatch.setattr(off_policy, "MOST_LISTS", SUBJECTS * LISTS)
    for number in range(20):
        show(f"c{number}", answer_source="stored", shown_at=timezone.now() + timedelta(hours=1))
    for days in (30, 60):
        old = timezone.now() - timedelta(days=days)
        show("old", items=[["i1", 0.5], ["i2", 0.5]], clicked=["i1"], shown_at=old)
    with CaptureQueriesContext(connection) as seen:
        found = estimate("product", dict.fromkeys(ITEMS, 1 / 3).__getitem__)
    assert found.lists == SUBJECTS * LISTS
    oldest = ShownList.objects.order_by("-shown_at")[20:][SUBJECTS * LISTS - 1].shown_at
    assert str(oldest.replace(tzinfo=None)) in seen[-1]["sql"]


def test_an_unknown_level_is_refused():
    with pytest.raises(UnknownLevel):
        estimate_popular("shelf", "corner")
