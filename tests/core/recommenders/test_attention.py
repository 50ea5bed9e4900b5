"""Looking back at baskets, with weights at random: laws that hold for whatever is learnt."""

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders import attention
from django_clvrec.core.recommenders.baskets import Baskets
from tests.core.recommenders.made_networks import next_basket
from tests.core.recommenders.made_up import HISTORIES, NOBODY, histories_of, two_tastes

PLANTED = two_tastes(60).histories
ONE = PLANTED.take(np.array([0]))


@given(HISTORIES, st.sampled_from([1, 2]))
def test_the_order_of_events_within_a_customer_does_not_matter(histories, blocks):
    fitted = next_basket(histories.size, blocks=blocks)
    backwards = replace(
        histories.take(np.arange(len(histories))[::-1]),
        items=histories.items[::-1],
        days=histories.days[::-1],
    )
    found = fitted.score(backwards)[::-1]
    np.testing.assert_allclose(found, fitted.score(histories), atol=1e-4)


@given(HISTORIES)
def test_a_customer_has_the_same_scores_alone_and_among_others(histories):
    fitted = next_basket(histories.size)
    everyone = fitted.score(histories)
    for customer in range(len(histories)):
        alone = fitted.score(histories.take(np.array([customer])))
        np.testing.assert_allclose(alone[0], everyone[customer], atol=1e-4)


def test_pieces_make_no_difference(monkeypatch):
    fitted = next_basket(40)
    before = fitted.score(PLANTED)
    monkeypatch.setattr(attention, "CELLS", 7 * 40 * 8)
    np.testing.assert_allclose(fitted.score(PLANTED), before, atol=1e-4)


def test_nobody_has_no_scores():
    assert next_basket(40).score(PLANTED.take(NOBODY)).shape == (0, 40)


def test_baskets_in_another_order_have_other_scores():
    fitted = next_basket(4)
    found = fitted.score(histories_of([(0, 9.0), (1, 2.0)], [(1, 9.0), (0, 2.0)], size=4))
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_a_basket_before_the_ones_looked_at_counts_as_something_bought_only():
    fitted = next_basket(6, baskets=1)
    found = fitted.score(histories_of([(0, 2.0), (1, 30.0)], [(0, 2.0)], size=6))
    assert np.abs(found[0] - found[1]).max() > 1e-3
    assert Baskets.last(histories_of([(0, 2.0), (1, 30.0)], size=6), 1).items.tolist() == [0]


def test_items_that_it_does_not_know_come_last_the_most_bought_first():
    fitted = next_basket(40, np.arange(20))
    found = fitted.score(PLANTED)
    assert (found[:, 20:].max(axis=1) < found[:, :20].min(axis=1)).all()
    assert (np.diff(found[:, 20:], axis=1) > 0).all()


def test_what_it_does_not_know_changes_nothing_and_is_no_reason():
    fitted = next_basket(40, np.arange(20))
    known, more = [(1, 3.0), (2, 9.0)], [(1, 3.0), (2, 9.0), (30, 3.0)]
    found = fitted.score(histories_of(known, more, size=40))
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)
    history = histories_of(more, size=40)
    assert all(30 not in fitted.explain(history, item) for item in range(20))
    assert len(fitted.explain(history, 30)) == 0


@pytest.mark.parametrize("item", range(0, 40, 5))
def test_reasons_are_what_the_score_loses_most_without(item):
    fitted = next_basket(40)
    whole = fitted.score(ONE)[0, item]
    lost = {one: whole - fitted.score(ONE.without(one))[0, item] for one in set(ONE.items.tolist())}
    reasons = fitted.explain(ONE, item).tolist()
    assert set(reasons) == {one for one, loss in lost.items() if loss > 0}
    assert reasons == sorted(reasons, key=lambda one: -lost[one])


def test_reasons_are_looked_for_among_the_latest_items():
    fitted = next_basket(60)
    history = histories_of([(day, float(day)) for day in range(60)], size=60)
    found = {one for item in range(60) for one in fitted.explain(history, item).tolist()}
    assert found <= set(range(attention.REASONS))


def test_a_visit_is_scored_and_explained_without_scipy_and_pytorch():
    code = """
import sys
sys.modules["scipy"] = sys.modules["torch"] = None
from tests.core.recommenders.made_networks import next_basket
import numpy as np
from django_clvrec.core.histories import Histories
one = Histories(starts=np.array([0, 2]), items=np.array([3, 1], dtype=np.int32),
    days=np.array([2, 9], dtype=np.float32), orders=np.array([2]), tiers=np.array(["low"]), size=9)
fitted = next_basket(9)
assert fitted.score(one).shape == (1, 9)
fitted.explain(one, 3)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_visitor_does_not_wait():
    items, random = 2500, np.random.default_rng(1)
    fitted = next_basket(items, baskets=40, blocks=1)
    events = [(int(one), float(day)) for day in range(40) for one in random.integers(0, items, 10)]
    history = histories_of(events, size=items)
    seconds = []
    for _ in range(30):
        begun = time.perf_counter()
        fitted.score(history)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.005
