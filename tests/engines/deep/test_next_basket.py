"""Who looks back at the last baskets tells the next one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.base import tie_breaker
from django_clvrec.core.recommenders.baskets import Baskets
from django_clvrec.core.recommenders.names import NEXT_BASKET
from django_clvrec.engines.deep.attending import Attending
from django_clvrec.engines.deep.autoencoders import Autoencoder
from django_clvrec.engines.deep.moments import Cells, Timeline
from django_clvrec.engines.deep.next_basket import NextBasket
from tests.core.recommenders.contract import Case, RecommenderContract
from tests.core.recommenders.made_up import histories_of, two_tastes
from tests.engines.deep.made_up import B, C, ordered


class TestNextBasket(RecommenderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def case(cls):
        return Case(NextBasket())


def told_apart(recommender):
    """The share of strangers for whom the right one of B and C has the higher score."""
    learnt, _ = ordered(600, seed=1)
    strangers, is_a_last = ordered(300, seed=2, is_over=False)
    scores = recommender.fit(learnt).score(strangers)
    return np.mean((scores[:, B] > scores[:, C]) == is_a_last)


def test_it_finds_what_only_the_order_of_baskets_tells():
    assert told_apart(NextBasket(learning_rate=3e-3, dropout=0.1)) > 0.95
    assert told_apart(Autoencoder(learning_rate=3e-3, dropout=0.1)) < 0.7


@pytest.mark.parametrize("blocks", [1, 2])
def test_numpy_scores_as_pytorch_does(blocks):
    # the last one has no history
    histories = two_tastes(60).histories
    histories = replace(
        histories,
        starts=np.append(histories.starts, histories.starts[-1]),
        orders=np.append(histories.orders, 0),
        tiers=np.append(histories.tiers, "new"),
    )
    items = np.arange(40)
    learner = Attending(NextBasket(blocks=blocks), histories, items, tie_breaker(histories))
    for _ in learner.epoch():
        pass
    found = learner.fitted().score(histories)
    np.testing.assert_allclose(found, by_pytorch(learner, histories), atol=1e-4)


def by_pytorch(learner, histories: Histories):
    half_life = learner.recommender.half_life_days
    starts, now = histories.starts, np.zeros(len(histories))
    known = Cells.of(Timeline(histories), starts[:-1], starts[1:], now, half_life)
    learner.network.eval()
    with torch.no_grad():
        baskets = Baskets.last(histories, learner.recommender.baskets)
        return learner.network(learner.looking(known, baskets)).numpy()


def test_who_has_no_history_is_shown_what_is_popular():
    histories = two_tastes(120).histories
    [scores] = NextBasket().fit(histories).score(histories_of([], size=40))
    assert np.corrcoef(scores, histories.buyers())[0, 1] > 0.9


def test_another_seed_gives_another_network():
    histories = two_tastes(60).histories
    one, other = (NextBasket(seed=seed).fit(histories).score(histories) for seed in (1, 2))
    assert not np.array_equal(one, other)


def test_it_has_its_name_and_no_budget_among_what_is_kept():
    assert NextBasket().name == NEXT_BASKET
    assert [one.name for one in NextBasket().variants()] == [NEXT_BASKET] * 2


def test_a_shop_whose_customers_bought_once_each_is_learnt_from():
    histories = histories_of(
        *[[(item % 5, 3.0), ((item + 1) % 5, 3.0)] for item in range(40)], size=5
    )
    assert np.isfinite(NextBasket().fit(histories).score(histories)).all()
