"""Metrics of lists: against scikit-learn, by hand, and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.metrics import ndcg_score

from django_clvrec.core.evaluation.metrics import (
    PER_CUSTOMER,
    PER_SHOP,
    hits,
    per_customer,
    per_shop,
)
from tests.core.recommenders.made_up import histories_of

ITEMS = 12


def metrics(lists, *wanted, items=ITEMS):
    """Metrics of lists, of customers who bought the `wanted` items next."""
    truth = np.zeros((len(wanted), items), dtype=np.float32)
    for row, found in zip(truth, wanted, strict=True):
        row[list(found)] = 1
    return per_customer(np.array(lists), csr_array(truth))


@st.composite
def answers(draw):
    """Lists of some customers, some of them short, and what each bought next."""
    k, count = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    lists, wanted = [], []
    for _ in range(count):
        order = draw(st.permutations(range(ITEMS)))
        length = draw(st.integers(0, k))
        lists.append([*order[:length], *[-1] * (k - length)])
        wanted.append(draw(st.sets(st.integers(0, ITEMS - 1), min_size=1)))
    return lists, wanted


@given(st.integers(0, 10**6), st.integers(1, ITEMS))
def test_ndcg_equals_that_of_scikit_learn(seed, k):
    random = np.random.default_rng(seed)
    truth = random.random((5, ITEMS)) < 0.4
    truth[:, 3] = True
    scores = random.permuted(np.tile(np.arange(ITEMS), (5, 1)), axis=1)
    lists = np.argsort(-scores, axis=1)[:, :k]
    expected = [ndcg_score([row], [score], k=k) for row, score in zip(truth, scores, strict=True)]
    found = per_customer(lists, csr_array(truth.astype(np.float32))).ndcg
    np.testing.assert_allclose(found, expected)


def test_every_metric_by_hand():
    found = metrics([[4, 7, 1, -1]], {7, 1, 0, 2, 5})
    assert found.recall.tolist() == [2 / 5]
    assert found.precision.tolist() == [2 / 4]
    assert found.hit.tolist() == [1]
    assert found.map.tolist() == [(1 / 2 + 2 / 3) / 4]
    best = 1 + 1 / np.log2(3) + 1 / np.log2(4) + 1 / np.log2(5)
    assert found.ndcg.tolist() == pytest.approx([(1 / np.log2(3) + 1 / np.log2(4)) / best])


@given(answers())
def test_every_metric_lies_between_0_and_1(given_ones):
    lists, wanted = given_ones
    for name in PER_CUSTOMER:
        values = getattr(metrics(lists, *wanted), name)
        assert values.shape == (len(lists),)
        assert ((values >= 0) & (values <= 1 + 1e-9)).all()


@given(answers())
def test_it_is_a_hit_exactly_where_anything_was_recalled(given_ones):
    lists, wanted = given_ones
    found = metrics(lists, *wanted)
    for name in ("recall", "precision", "ndcg", "map"):
        np.testing.assert_array_equal(getattr(found, name) > 0, found.hit == 1)


@given(answers(), st.data())
def test_a_better_rank_never_lowers_ndcg_or_average_precision(given_ones, data):
    lists, wanted = given_ones
    place = data.draw(st.integers(0, len(lists[0]) - 1))
    better = data.draw(st.integers(0, place))
    if lists[0][place] not in wanted[0]:
        return
    other = [row.copy() for row in lists]
    other[0][better], other[0][place] = lists[0][place], lists[0][better]
    before, after = metrics(lists, *wanted), metrics(other, *wanted)
    assert after.ndcg[0] >= before.ndcg[0] - 1e-12
    assert after.map[0] >= before.map[0] - 1e-12
    assert after.recall[0] == before.recall[0]


@given(st.integers(1, 8), st.sets(st.integers(0, ITEMS - 1), min_size=1))
def test_the_best_possible_list_has_all_the_gain(k, wanted):
    best = [*wanted, *(item for item in range(ITEMS) if item not in wanted)][:k]
    found = metrics([best], wanted)
    assert found.ndcg[0] == pytest.approx(1)
    assert found.map[0] == pytest.approx(1)


@given(answers())
def test_customers_are_measured_each_by_themselves(given_ones):
    lists, wanted = given_ones
    together = metrics(lists, *wanted)
    for place, (row, found) in enumerate(zip(lists, wanted, strict=True)):
        for name in PER_CUSTOMER:
            assert getattr(together, name)[place] == getattr(metrics([row], found), name)[0]


def test_an_empty_place_is_no_hit_for_the_last_item_of_the_customer_before():
    truth = csr_array(np.array([[0, 1], [1, 1]], dtype=np.float32))
    assert hits(np.array([[-1], [-1]]), truth).tolist() == [[0], [0]]


def test_of_no_customers_there_are_no_metrics():
    found = per_customer(np.empty((0, 3), dtype=np.int64), csr_array((0, 5), dtype=np.float32))
    assert [getattr(found, name).shape for name in PER_CUSTOMER] == [(0,)] * len(PER_CUSTOMER)


# the whole shop


def test_coverage_is_the_share_of_items_that_anybody_is_shown():
    shop = histories_of([(0, 1.0)], [(1, 1.0)], size=4)
    assert per_shop(np.array([[0, 1], [1, -1]]), shop)["coverage"] == 2 / 4


def test_answered_is_the_share_of_customers_with_any_item():
    shop = histories_of(*[[(0, 1.0)]] * 4, size=1)
    assert per_shop(np.array([[0], [-1], [0], [0]]), shop)["answered"] == 3 / 4


def test_novelty_is_higher_for_what_few_bought():
    shop = histories_of([(0, 1.0), (1, 1.0)], *[[(0, 1.0)]] * 3, size=2)
    assert per_shop(np.array([[0]]), shop)["novelty"] == 0
    assert per_shop(np.array([[1]]), shop)["novelty"] == 2


def test_what_nobody_bought_is_more_novel_than_what_one_bought_and_not_infinitely_so():
    shop = histories_of(*[[(0, 1.0)]] * 4, size=2)
    assert per_shop(np.array([[1]]), shop)["novelty"] == 3


def test_without_any_list_everything_is_0():
    shop = histories_of([(0, 1.0)], size=2)
    nothing = per_shop(np.array([[-1, -1]]), shop)
    assert nothing == dict.fromkeys(PER_SHOP, 0.0) == per_shop(np.empty((0, 2), int), shop)


def diversity(shop, *lists):
    return per_shop(np.array(lists), shop)["diversity"]


def test_items_with_the_same_buyers_are_not_diverse():
    shop = histories_of(*[[(item, 1.0) for item in range(6)]] * 300, size=6)
    assert diversity(shop, range(6)) == pytest.approx(0, abs=0.25)


def test_items_with_different_buyers_are_diverse():
    shop = histories_of(*[[(customer % 6, 1.0)] for customer in range(300)], size=6)
    assert diversity(shop, range(6)) == pytest.approx(1, abs=0.1)


def test_diversity_is_about_that_of_pairs_whose_cosine_is_computed():
    """64 random directions leave a relative error of 18 % of what the buyers have in common."""
    random = np.random.default_rng(2)
    bought = random.random((200, 30)) < np.linspace(0.05, 0.6, 30)
    shop = histories_of(*([(i, 1.0) for i in np.flatnonzero(row)] for row in bought), size=30)
    lists = np.array([random.permutation(30)[:5] for _ in range(300)])
    lists[::7, 3:] = -1
    directions = bought / np.linalg.norm(bought, axis=0)
    found = []
    for row in lists:
        own = directions[:, row[row >= 0]]
        cosines = (own.T @ own)[~np.eye(own.shape[1], dtype=bool)]
        found.append(1 - cosines.mean())
    assert diversity(shop, *lists) == pytest.approx(np.mean(found), abs=0.12)


def test_a_list_of_one_item_has_no_diversity_and_a_second_customer_s_counts():
    shop = histories_of(*[[(customer % 2, 1.0)] for customer in range(300)], size=2)
    assert diversity(shop, [0, -1]) == 0
    assert diversity(shop, [0, -1], [0, 1]) == pytest.approx(1, abs=0.3)


def test_the_same_seed_gives_the_same_figures():
    shop = histories_of([(0, 1.0), (1, 1.0)], [(1, 1.0)], size=2)
    assert per_shop(np.array([[0, 1]]), shop) == per_shop(np.array([[0, 1]]), shop)
