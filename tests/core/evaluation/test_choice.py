"""Who is served: the clear winner, the simpler on a tie, and never one worse than popular."""

import numpy as np
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.evaluation.choice import EVERYONE, choose
from django_clvrec.core.evaluation.contest import Board
from django_clvrec.core.evaluation.metrics import PER_CUSTOMER, PerCustomer
from tests.core.recommenders.made_up import histories_of

NAMES = ("popular", "personal", "ease", "als")
SIZE = 200
NOISE = np.random.default_rng(1).normal(0, 0.2, (len(NAMES), SIZE))
NOISE -= NOISE.mean(axis=1, keepdims=True)


def board(ndcg, tiers=None):
    """What each contestant reached, customer by customer."""
    size = len(next(iter(ndcg.values())))
    nothing = np.zeros(size)
    others = dict.fromkeys(PER_CUSTOMER, nothing)
    return Board(
        customers=np.arange(size),
        tiers=np.array(["low"] * size if tiers is None else tiers, dtype=object),
        metrics={
            name: PerCustomer(**(others | {"ndcg": np.asarray(values)}))
            for name, values in ndcg.items()
        },
        lists={},
        histories=histories_of(*[[]] * size, size=1),
    )


def noisy(**means):
    """Means that customers spread around: one standard error is about 0.02."""
    return {name: mean + NOISE[NAMES.index(name)] for name, mean in means.items()}


def chosen(ndcg, reigning=None):
    return choose(board(ndcg), NAMES, (), reigning)[EVERYONE]


def test_the_clear_winner_is_served():
    assert chosen(noisy(popular=0.1, ease=0.5, als=0.3)) == "ease"


def test_on_a_tie_the_simpler_one_is_served():
    ndcg = noisy(popular=0.1, personal=0.5)
    assert chosen(ndcg | {"ease": ndcg["personal"] + 0.0009}) == "personal"


def test_what_leaderboards_show_is_no_tie():
    ndcg = noisy(popular=0.1, personal=0.5)
    assert chosen(ndcg | {"ease": ndcg["personal"] + 0.0011}) == "ease"


def test_where_all_are_the_same_the_simplest_is_served():
    assert chosen(dict.fromkeys(NAMES, np.full(9, 0.5))) == "popular"


def test_the_reigning_one_stays_unless_it_is_beaten():
    close = noisy(popular=0.1, personal=0.5, als=0.505)
    assert chosen(close, {EVERYONE: "als"}) == "als"
    assert chosen(noisy(popular=0.1, personal=0.6, als=0.5), {EVERYONE: "als"}) == "personal"


def test_where_the_reigning_one_is_beaten_the_simpler_of_two_that_tie_follows():
    close = noisy(popular=0.3, personal=0.5, ease=0.505, als=0.3)
    assert chosen(close, {EVERYONE: "als"}) == "personal"


def test_the_reigning_one_is_not_followed_by_one_that_does_not_beat_it():
    """The simpler one ties with the best, but only the best beats the one that reigned."""
    ndcg = noisy(ease=0.515, als=0.5)
    ndcg["ease"] = ndcg["als"] + 0.015
    ndcg["personal"] = 0.512 + NOISE[0]
    assert chosen(ndcg, {EVERYONE: "als"}) == "ease"


def test_one_that_reigned_and_no_longer_competes_is_forgotten():
    assert chosen(noisy(popular=0.1, ease=0.5), {EVERYONE: "gone"}) == "ease"


def test_only_the_named_ones_are_chosen():
    found = choose(board(noisy(popular=0.1, ease=0.5, als=0.9)), ("popular", "ease"), ())
    assert found == {EVERYONE: "ease"}


def test_whoever_is_worse_than_popular_is_not_served_even_if_it_reigned():
    assert chosen(noisy(popular=0.5, ease=0.495), {EVERYONE: "ease"}) == "popular"


TIERS = np.where(np.arange(SIZE) < 150, "low", "high")


def for_tier(high, reigning=None):
    """Who is served to the tier `high`, where `ease` wins among all the others."""
    is_high = TIERS == "high"
    noise = NOISE / 4
    noise[:, is_high] -= noise[:, is_high].mean(axis=1, keepdims=True)
    ndcg = {
        name: np.where(is_high, high[name], low) + noise[NAMES.index(name)]
        for name, low in (("popular", 0.2), ("ease", 0.9), ("als", 0.4))
    }
    return choose(board(ndcg, TIERS), NAMES, ("low", "high"), reigning)


def test_a_tier_that_differs_with_confidence_has_its_own():
    found = for_tier({"popular": 0.2, "ease": 0.3, "als": 0.6})
    assert found == {EVERYONE: "ease", "low": "ease", "high": "als"}


def test_a_tier_that_differs_has_the_simplest_of_those_that_tie_for_it():
    """As among all customers."""
    assert for_tier({"popular": 0.598, "ease": 0.3, "als": 0.6})["high"] == "popular"


def test_a_tier_that_hardly_differs_follows_all():
    assert for_tier({"popular": 0.2, "ease": 0.4, "als": 0.402})["high"] == "ease"


def test_a_tier_in_which_it_is_worse_than_popular_is_served_what_is_popular():
    assert for_tier({"popular": 0.41, "ease": 0.4, "als": 0.1})["high"] == "popular"


def test_the_reigning_one_of_a_tier_stays_unless_it_is_beaten():
    close = {"popular": 0.2, "ease": 0.402, "als": 0.4}
    assert for_tier(close, {"high": "als"})["high"] == "als"
    assert for_tier(close | {"ease": 0.6}, {"high": "als"})["high"] == "ease"


def test_a_tier_of_which_nothing_is_known_follows_all():
    found = choose(board(noisy(popular=0.1, ease=0.5)), NAMES, ("new",))
    assert found["new"] == "ease"


def test_without_customers_the_simplest_is_served():
    nothing = dict.fromkeys(NAMES, np.array([]))
    found = choose(board(nothing), NAMES, ("low",))
    assert found == {EVERYONE: "popular", "low": "popular"}


@examples(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([None, "ease", "als"]))
def test_nobody_is_ever_served_anything_worse_than_what_is_popular(seed, held):
    random = np.random.default_rng(seed)
    ndcg = {name: random.random(30) ** random.uniform(0.5, 2) for name in NAMES}
    tiers = random.choice(["low", "high"], 30)
    one = board(ndcg, tiers)
    reigning = dict.fromkeys(["", "low", "high"], held) if held else None
    for tier, name in choose(one, NAMES, ("low", "high"), reigning).items():
        mine = np.ones(30, dtype=bool) if tier == EVERYONE else tiers == tier
        assert ndcg[name][mine].mean() >= ndcg["popular"][mine].mean()
