"""Deep Q-learning: where it is known what is best, and on a planted shop."""

from dataclasses import replace

import numpy as np
import psutil
import pytest

from benchmarks.simulator import MACHINE, Shop, best_by, compared, far_sighted, visited
from django_clvrec.core.evaluation.intervals import interval
from django_clvrec.core.ranking import MIXED
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.networks import context
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.decisions import Standing
from django_clvrec.engines.deep.moments import Timeline
from django_clvrec.engines.deep.next_basket import NextBasket
from django_clvrec.engines.deep.q_learning import DeepQ
from django_clvrec.exceptions import NotTrained, OverBudget
from tests.core.recommenders.contract import PLANTED, Case, RecommenderContract
from tests.core.recommenders.made_up import histories_of


class TestContract(RecommenderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def case(cls):
        # it learns what is bought most in the long run, which are own favourites
        return Case(DeepQ(epochs=15, horizon_days=5.0), intent=MIXED, lift=1.5)


@pytest.fixture(scope="module")
def spent():
    """What customers of the simulator spend, by who recommends."""
    return compared(far_sighted() | {"item_knn": ItemKnn()})


def test_looking_ahead_earns_twice_what_looking_at_the_moment_does(spent):
    low, _ = interval(spent["dqn"])
    assert low > 2 * interval(spent["dqn, no horizon"])[1]


def test_looking_ahead_earns_three_times_what_chance_does(spent):
    assert interval(spent["dqn"])[0] > 3 * interval(spent["random"])[1]


def test_who_looks_at_the_moment_is_no_straw_man(spent):
    """It does what is best for who looks no further: bargains, whose yield nobody else reaches."""
    assert interval(spent["dqn, no horizon"])[0] > interval(spent["item_knn"])[1]
    assert spent["dqn, no horizon"].mean() == pytest.approx(24, rel=0.03)


def test_looking_ahead_is_near_to_the_best_there_is(spent):
    # two visits and a half until a machine is sold, which then sells refills
    best = MACHINE + (20 - 2.5) * 0.45 * 8
    assert spent["dqn"].mean() > 0.95 * best


def test_orders_alone_teach_to_look_ahead_too():
    past = visited(Shop(), None, 2000, 1).histories(with_shown=False)
    ahead = visited(Shop(), best_by(DeepQ(caution=1.0).fit(past)), 500, 2).spent
    assert interval(ahead)[0] > 2 * 24


def test_without_a_horizon_a_score_is_what_comes_at_once():
    """Two items: the cheap one leads to the dear one, which is bought alone as often."""
    cheap, dear = [(0, 60.0), (1, 30.0)], [(1, 60.0)]
    histories = histories_of(*[cheap] * 150, *[dear] * 150, size=2)
    paid = np.where(histories.items == 0, 1.0, 3.0).astype(np.float32)
    learnt = replace(histories, values=paid)
    nobody = histories_of([], size=2)
    fits = {
        days: DeepQ(horizon_days=days, caution=0.05, epochs=150).fit(learnt).score(nobody)[0]
        for days in (0.0, 59.0)
    }
    mean = paid.mean()
    np.testing.assert_allclose(fits[0.0], [1 / mean, 3 / mean], atol=0.1)
    later = 3 / mean * np.exp(-30 / 59)
    np.testing.assert_allclose(fits[59.0], [1 / mean + later, 3 / mean], atol=0.2)


def test_caution_keeps_what_was_never_done_from_being_best():
    """Of three items nobody ever bought the last one; values say nothing of it."""
    histories = histories_of(*[[(0, 40.0), (1, 20.0)]] * 100, [(2, 150.0)], size=3)
    scores = DeepQ(caution=5.0, epochs=20).fit(histories).score(histories_of([], size=3))[0]
    assert scores.argmin() == 2


def test_the_tier_is_part_of_what_a_customer_is():
    fitted = DeepQ(epochs=3).fit(PLANTED().histories)
    one = PLANTED().histories.take(np.array([0]))
    other = replace(one, tiers=np.array(["high"], dtype=object))
    assert np.abs(fitted.score(one) - fitted.score(other)).max() > 0


def test_a_budget_without_time_is_told_of():
    with pytest.raises(OverBudget, match="seconds"):
        DeepQ(budget=Budget(seconds=1e-6)).fit(PLANTED().histories)


def test_a_network_that_does_not_fit_into_memory_is_not_begun():
    before = psutil.Process().memory_info().rss
    with pytest.raises(OverBudget, match="MB"):
        DeepQ(budget=Budget(memory_mb=1), widths=(200_000,)).fit(PLANTED().histories)
    assert psutil.Process().memory_info().rss - before < 40 << 20


def test_orders_of_which_nothing_came_yet_are_nothing_to_learn_from():
    histories = histories_of(*[[(item, 1.0)] for item in (0, 1, 0)], size=2)
    with pytest.raises(NotTrained, match="nothing to learn from"):
        DeepQ().fit(histories)


def test_a_device_that_is_not_there_is_told_of():
    with pytest.raises(NotTrained, match="no device 'abacus'"):
        DeepQ(budget=Budget(device="abacus")).fit(PLANTED().histories)


def test_weights_that_are_no_numbers_are_not_served():
    with pytest.raises(NotTrained, match="no numbers"):
        NextBasket(learning_rate=1e30).fit(PLANTED().histories)


def test_the_past_is_the_same_to_who_learns_and_who_is_served():
    """Orders of items that are too many for the network are no orders of its context."""
    histories = histories_of([(0, 9.0), (1, 5.0), (2, 1.0)], size=3)
    known = histories.only(np.array([0, 1]))
    line = Timeline(known)
    everything, now = np.array([3 - 1]), np.zeros(1)
    learnt = Standing(line, known).at(np.zeros(1, dtype=int), everything, now)
    np.testing.assert_allclose(learnt, context(known))
