"""Own shares and those of neighbours: equal to loops over customers."""

import numpy as np
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.recommenders import tifu_knn
from django_clvrec.core.recommenders.tifu_knn import TifuKnn
from tests.core.recommenders.made_up import histories_of, random_histories, shares_of_buyers

SEEDS = st.integers(0, 10**6)


def shares(histories, half_life):
    found = np.zeros((len(histories), histories.size))
    for customer in range(len(histories)):
        for event in range(histories.starts[customer], histories.starts[customer + 1]):
            days = float(histories.days[event])
            weight = 1.0 if half_life is None else max(0.5 ** (days / half_life), 1e-6)
            found[customer, histories.items[event]] += weight
        found[customer] /= max(1, histories.orders[customer])
    return found


def cosine(one, other):
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return one @ other / lengths if lengths else 0.0


def slow_scores(histories, recommender):
    rows = shares(histories, recommender.half_life_days)
    k = min(recommender.k, len(rows))
    found = []
    for row in rows:
        near = [cosine(row, other) for other in rows]
        near = [-1 if one > 1 - 1e-6 else one for one in near]
        chosen = sorted(range(len(rows)), key=lambda place: -near[place])[:k]
        total = sum((rows[place] for place in chosen if near[place] > 0), np.zeros(len(row)))
        found.append(recommender.own * row + (1 - recommender.own) * total / k)
    return np.array(found) + 1e-6 * shares_of_buyers(histories)


@examples(max_examples=40)
@given(SEEDS, st.integers(1, 6), st.sampled_from([0.0, 0.4, 1.0]))
def test_scores_equal_a_loop_over_customers(seed, k, own):
    # a half-life makes all customers different, so that no tie decides who is a neighbour
    histories = random_histories(seed, customers=15, items=12, density=0.6)
    recommender = TifuKnn(half_life_days=61.7, k=k, own=own)
    found = recommender.fit(histories).score(histories)
    np.testing.assert_allclose(found, slow_scores(histories, recommender), rtol=1e-3, atol=1e-5)


def test_neighbours_recommend_what_the_customer_has_not():
    alike = [[(0, 1.0), (1, 1.0), (2, 1.0)]] * 3
    histories = histories_of([(0, 1.0), (1, 1.0)], *alike, *[[(3, 1.0)]] * 9, size=4)
    scores = TifuKnn(k=3).fit(histories).score(histories)[0]
    assert scores[2] > scores[3]


def test_a_customer_with_a_long_history_is_no_neighbour_of_their_own():
    random = np.random.default_rng(1)
    rows = [np.repeat(np.arange(3000), random.integers(1, 9, 3000)) for _ in range(6)]
    histories = histories_of(*[[(item, 1.0) for item in row] for row in rows], size=3000)
    fitted = TifuKnn(k=5).fit(histories)
    near = fitted._nearest(fitted.shares).toarray()
    assert not np.diag(near).any()


def test_a_customer_is_no_neighbour_of_their_own_even_where_there_are_fewer_than_k():
    histories = histories_of([(0, 1.0)], [(0, 1.0), (1, 1.0)], size=2)
    scores = TifuKnn(k=9, own=0.0).fit(histories).score(histories)
    assert scores[0, 1] > 0.1
    assert scores[1, 1] < 0.1


def test_customers_who_share_nothing_are_no_neighbours():
    histories = histories_of([(0, 1.0)], [(0, 1.0), (1, 1.0)], *[[(2, 1.0)]] * 9, size=4)
    scores = TifuKnn(k=9).fit(histories).score(histories)
    assert scores[0, 2] < 1e-5


def test_a_customer_without_history_is_shown_what_most_buy():
    """Not what those few buy who come first among customers that are all equally far."""
    histories = histories_of(*[[(0, 1.0)]] * 3, *[[(1, 1.0)]] * 5, [(2, 1.0)], [], size=3)
    scores = TifuKnn(k=3).fit(histories).score(histories)
    assert np.argsort(-scores[-1]).tolist() == [1, 0, 2]


def test_a_share_is_that_of_all_orders_not_only_of_those_that_hold_known_items():
    histories = histories_of([(0, 1.0)], [(1, 1.0)], size=2, orders=[4, 1])
    scores = TifuKnn(own=1.0).fit(histories).score(histories)
    np.testing.assert_allclose(scores[0, 0], 0.25, rtol=1e-4)


def test_the_pieces_in_which_neighbours_are_sought_change_nothing(monkeypatch):
    histories = random_histories(5, customers=20)
    fitted = TifuKnn(k=4).fit(histories)
    whole = fitted.score(histories)
    monkeypatch.setattr(tifu_knn, "CELLS", 45)
    np.testing.assert_allclose(fitted.score(histories), whole, rtol=1e-6)


def test_on_a_large_shop_neighbours_are_sought_among_some_customers_and_it_says_so(monkeypatch):
    monkeypatch.setattr(tifu_knn, "MOST_NEIGHBOURS", 5)
    histories = random_histories(6, customers=20)
    assert TifuKnn().fit(histories).shares.shape == (5, 9)
    assert TifuKnn().limits(histories) == "neighbours among 5 of 20 customers"
    assert TifuKnn().fit(histories).score(histories).shape == (20, 9)
