"""A blend: its candidates by intent, whom it follows, and whose reasons it tells."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS, MIXED, best_in_rows
from django_clvrec.core.recommenders import blend
from django_clvrec.core.recommenders.blend import FittedBlend, Weighing, examples_of, weigh
from django_clvrec.core.recommenders.features import ItemFacts
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.personal import Personal
from tests.core.recommenders.made_up import NOBODY, histories_of, two_tastes

PLANTED = two_tastes(200)
FEATURES = {number: 4 * number + 15 for number in (1, 2)}


@dataclass(frozen=True)
class Says:
    """Scores by customer, whatever their past; the first item tells who the customer is."""

    table: np.ndarray
    reasons: tuple = ()

    def score(self, histories):
        return self.table[: len(histories)].astype(np.float32)

    def explain(self, history, item):
        return np.array(self.reasons, dtype=np.int64)


@dataclass(frozen=True)
class Noise:
    def score(self, histories):
        shape = (len(histories), histories.size)
        return np.random.default_rng(1).random(shape, dtype=np.float32)

    def explain(self, history, item):
        return NOBODY


@pytest.fixture(scope="module")
def learnt():
    """Item-kNN beside noise, and what was learnt of them by intent."""
    parts = {"item_knn": ItemKnn().fit(PLANTED.histories), "ease": Noise()}
    facts = ItemFacts.of(PLANTED.histories)
    found = examples_of(PLANTED.histories, PLANTED.truth, parts, facts, INTENTS)
    weighings = {intent: weigh(one) for intent, one in found.items()}
    return found, FittedBlend(parts=parts, facts=facts, weighings=weighings)


def by_hand(parts, histories):
    """A blend that follows the first feature: what the first part says."""
    slopes = np.zeros(FEATURES[len(parts)], dtype=np.float32)
    slopes[0] = 1
    weighings = dict.fromkeys(INTENTS, Weighing(slopes, 0.0))
    return FittedBlend(parts=parts, facts=ItemFacts.of(histories), weighings=weighings)


def test_it_follows_the_part_that_is_right_and_not_the_noise(learnt):
    _, fitted = learnt
    scores = fitted.score_by_intent(PLANTED.histories, (DISCOVER,))[DISCOVER]
    listed = best_in_rows(scores, 3)
    mine = listed // 20 == np.arange(200)[:, None] % 2
    assert mine.mean() > 0.8
    right, noise = np.abs(fitted.weighings[DISCOVER].weights[[0, 4]])
    assert right > 3 * noise


def test_examples_are_labelled_by_what_was_bought_next(learnt):
    found, _ = learnt
    truth = PLANTED.truth.toarray() > 0
    for examples in found.values():
        assert (examples.is_bought == truth[examples.customers, examples.items]).all()
        assert len(examples.features) == len(examples.items) == len(examples.customers)


def test_examples_of_an_intent_are_its_own_candidates(learnt):
    found, _ = learnt
    bought = PLANTED.histories.bought().toarray() > 0
    assert not bought[found[DISCOVER].customers, found[DISCOVER].items].any()
    assert bought[found[AGAIN].customers, found[AGAIN].items].all()


def test_only_customers_who_bought_something_next_are_learnt_from(learnt):
    _, fitted = learnt
    truth = PLANTED.truth.toarray()
    truth[::3] = 0
    args = (PLANTED.histories, csr_array(truth), fitted.parts, fitted.facts, (MIXED,))
    assert set(examples_of(*args)[MIXED].customers) == set(np.flatnonzero(truth.any(axis=1)))


def test_where_nobody_bought_anything_next_there_is_no_example(learnt):
    _, fitted = learnt
    nothing = csr_array(PLANTED.truth.shape, dtype=np.float32)
    args = (PLANTED.histories, nothing, fitted.parts, fitted.facts, INTENTS)
    assert examples_of(*args) == {}


def test_of_many_customers_some_are_learnt_from(learnt, monkeypatch):
    monkeypatch.setattr(blend, "MOST_PAIRS", 1000)
    _, fitted = learnt
    args = (PLANTED.histories, PLANTED.truth, fitted.parts, fitted.facts, (MIXED,))
    assert len(set(examples_of(*args)[MIXED].customers)) == 10


def test_discover_has_nothing_bought_and_again_nothing_else(learnt):
    _, fitted = learnt
    scores = fitted.score_by_intent(PLANTED.histories, INTENTS)
    bought = PLANTED.histories.bought().toarray() > 0
    assert np.isneginf(scores[DISCOVER][bought]).all()
    assert np.isneginf(scores[AGAIN][~bought]).all()
    assert np.isfinite(scores[AGAIN][bought]).any()


def test_the_score_is_that_of_mixed(learnt):
    _, fitted = learnt
    mixed = fitted.score_by_intent(PLANTED.histories, (MIXED,))[MIXED]
    np.testing.assert_array_equal(fitted.score(PLANTED.histories), mixed)


def test_all_but_the_best_of_each_part_are_left_out(monkeypatch):
    monkeypatch.setattr(blend, "CANDIDATES", 2)
    histories = histories_of([(0, 1.0)], size=6)
    parts = {
        "ease": Says(np.array([[0, 0, 5, 4, 3, 2]])),
        "als": Says(np.array([[0, 9, 8, 0, 0, -np.inf]])),
    }
    found = by_hand(parts, histories).score(histories)
    assert np.flatnonzero(found[0] > -np.inf).tolist() == [1, 2, 3]


def test_what_every_part_refuses_is_no_candidate():
    histories = histories_of([(0, 1.0)], size=3)
    parts = {"als": Says(np.array([[1.0, -np.inf, 2.0]]))}
    assert np.isneginf(by_hand(parts, histories).score(histories)[0]).tolist() == [0, 1, 0]


def test_the_pieces_in_which_customers_are_scored_change_nothing(learnt, monkeypatch):
    _, fitted = learnt
    fitted = FittedBlend(
        parts={"item_knn": fitted.parts["item_knn"], "personal": Personal().fit(PLANTED.histories)},
        facts=fitted.facts,
        weighings=fitted.weighings,
    )
    whole = fitted.score(PLANTED.histories)
    monkeypatch.setattr(blend, "CELLS", 40 * 7)
    np.testing.assert_allclose(fitted.score(PLANTED.histories), whole, rtol=1e-3, atol=1e-3)


def test_reasons_are_those_of_the_part_that_is_the_easiest_to_understand():
    histories, scores = histories_of([(0, 1.0)], size=2), np.zeros((1, 2))
    parts = {"als": Says(scores, (1, 0)), "item_knn": Says(scores), "ease": Says(scores, (0,))}
    fitted = FittedBlend(parts=parts, facts=ItemFacts.of(histories), weighings={})
    assert fitted.explain(histories, 1).tolist() == [0]


def test_where_no_part_has_a_reason_there_is_none():
    histories = histories_of([(0, 1.0)], size=2)
    fitted = FittedBlend(
        parts={"als": Says(np.zeros((1, 2)))}, facts=ItemFacts.of(histories), weighings={}
    )
    assert len(fitted.explain(histories, 1)) == 0
