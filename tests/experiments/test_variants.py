"""Who gets which variant, and what each of them changes."""

import logging
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from django.utils import timezone

from django_clvrec.core.experiments import assign
from django_clvrec.core.recommenders.item_models import BINARY, FittedItemModel
from django_clvrec.engines.base import Learnt
from django_clvrec.publish import save_learnt
from django_clvrec.serving import recommend
from tests.experiments.conftest import DAY, TWO, experiment
from tests.shelf import Shelf, key_of

ITEMS = ("apple", "fig", "pear", "rice")
EASE = [{"name": "control", "weight": 1}, {"name": "ease", "weight": 1, "recommender": "ease"}]


@pytest.fixture
def shelf(db, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.EverythingSells"}
    shelf = Shelf("corner")
    shelf.popular(*ITEMS)
    return shelf


def ask(customer=None, level="product", visitor=None, **more):
    return recommend(customer, level, source="corner", visitor=visitor, **more)


def keys(answer):
    return [item.key for item in answer]


def who_gets(variant, key, variants, customers=range(1, 200)):
    """The first of the customers who is in the variant, by the rule that is promised."""
    weights = {one["name"]: one["weight"] for one in variants}
    wanted = (n for n in customers if assign(f"customer:{n}", key, weights) == variant)
    return str(next(wanted))


def learnt(shelf):
    """EASE that lists what comes next in the alphabet, the farther the less."""
    weights = np.array([[0, 3, 2, 1], [1, 0, 3, 2], [2, 1, 0, 3], [3, 2, 1, 0]], dtype=float)
    ease = FittedItemModel(weights, BINARY, np.arange(4), np.zeros(4, dtype=np.float32))
    served = {"discover": dict.fromkeys(("new", "low", "mid", "high"), "als")}
    one = Learnt(level="product", item_keys=ITEMS, fitted={"ease": ease}, served=served)
    save_learnt(shelf.snapshot, one)


# who gets what


def test_without_an_experiment_there_is_no_variant(shelf):
    experiment(is_active=False)
    assert (ask("ann").variant, ask("ann").template) == ("", "")


def test_the_same_customer_always_gets_the_same_variant(shelf):
    experiment()
    found = {key: {ask(key).variant for _ in range(3)} for key in map(str, range(60))}
    assert all(len(variants) == 1 for variants in found.values())
    counts = Counter(variants.pop() for variants in found.values())
    assert set(counts) == {"window:control", "window:other"}
    assert min(counts.values()) > 15


def test_another_process_assigns_alike(shelf):
    experiment()
    mine = [ask(str(number)).variant for number in range(20)]
    code = (
        "from django_clvrec.core.experiments import assign; "
        "print([assign(f'customer:{n}', 'window', {'other': 1, 'control': 1}) for n in range(20)])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert [f"window:{name}" for name in eval(told.stdout)] == mine  # noqa: S307


def test_a_visitor_is_told_by_the_policys_key(shelf):
    experiment()
    variants = {ask(visitor=f"session:{n}").variant for n in range(40)}
    assert variants == {"window:control", "window:other"}
    assert len({ask(visitor="session:1").variant for _ in range(5)}) == 1
    # a customer is one person in every session
    assert len({ask("ann", visitor=f"session:{n}").variant for n in range(40)}) == 1


def test_who_cannot_be_told_apart_gets_the_normal_list_and_is_not_counted(shelf):
    experiment()
    assert ask().variant == ""


def test_a_level_has_its_own_experiments(shelf):
    experiment(level="brand")
    shelf.popular("acme", level="brand")
    assert ask("ann").variant == ""
    assert ask("ann", "brand").variant.startswith("window:")


def test_only_its_tiers_take_part_and_who_moves_within_them_stays_where_they_are(shelf):
    experiment(tiers=["low", "high"])
    row = shelf.score("ann", tier="high")
    first = ask("ann").variant
    assert first.startswith("window:")
    row.tier = "low"
    row.save()
    assert ask("ann").variant == first
    row.tier = "mid"
    row.save()
    assert ask("ann").variant == ""


@pytest.mark.parametrize(
    ("begin", "end", "runs"),
    [(-1, 1, True), (None, None, True), (1, 2, False), (-2, -1, False), (None, 0, False)],
)
def test_it_runs_between_its_dates(shelf, begin, end, runs):
    moment = timezone.now()
    times = [None if days is None else moment + days * DAY for days in (begin, end)]
    experiment(starts_at=times[0], ends_at=times[1])
    assert bool(ask("ann").variant) == runs


def test_lists_by_interests_belong_to_no_experiment(shelf):
    experiment()
    assert ask("ann", interests=["fig"]).variant == ""


# what a variant does


def test_the_control_gets_what_everybody_gets(shelf):
    who = who_gets("control", "window", TWO)
    shelf.recommended(who, "pear", "fig")
    before = ask(who)
    experiment(variants=[TWO[0], TWO[1] | {"rules": [{"action": "hide", "items": ["pear"]}]}])
    after = ask(who)
    assert after.variant == "window:control"
    assert (after.items, after.source) == (before.items, before.source)


def test_a_variants_recommender_makes_the_list(shelf, stock):
    learnt(shelf)
    people = [stock.customer() for _ in range(20)]
    for one in people:
        stock.bought(one, "apple")
        shelf.recommended(one, "rice", "pear")
    experiment("models", EASE)
    found = {answer.variant: answer for answer in (ask(key_of(one), n=3) for one in people)}
    assert keys(found["models:ease"]) == ["fig", "pear", "rice"]
    assert found["models:ease"].source == "fold_in"
    assert keys(found["models:control"])[:2] == ["rice", "pear"]


def test_reasons_are_those_of_the_variants_recommender(shelf, stock):
    learnt(shelf)
    people = [stock.customer() for _ in range(20)]
    for one in people:
        stock.bought(one, "apple")
    experiment("models", EASE)
    answers = [ask(key_of(one), n=1, explain=True) for one in people]
    [reason] = {item.because for one in answers if one.variant == "models:ease" for item in one}
    assert reason == "apple"


def test_without_the_recommender_the_experiment_rests_for_everybody(shelf, caplog):
    experiment("models", EASE)
    with caplog.at_level(logging.WARNING, "django_clvrec"):
        assert {ask(str(number)).variant for number in range(20)} == {""}
    [told] = [one.getMessage() for one in caplog.records]
    assert "Experiment models rests at level product" in told
    assert "ease" in told


def test_a_variants_rules_come_on_top_of_the_shops(shelf, settings):
    shop = [{"level": "product", "action": "hide", "items": ["apple"]}]
    settings.CLVREC = settings.CLVREC | {"RULES": shop}
    hides = [TWO[0], TWO[1] | {"rules": [{"action": "hide", "items": ["pear"]}]}]
    experiment(variants=hides)
    assert keys(ask(who_gets("other", "window", hides))) == ["fig", "rice"]
    assert keys(ask(who_gets("control", "window", hides))) == ["fig", "pear", "rice"]


def test_a_variant_limits_each_category(shelf, settings, stock):
    goods = [stock.product(f"p{number}") for number in range(4)]
    window = [TWO[0], TWO[1] | {"most_per_category": 1}]
    experiment(variants=window)
    who = who_gets("other", "window", window)
    policy = "tests.experiments.test_variants.ByHalf"
    settings.CLVREC = settings.CLVREC | {"POLICY": policy}
    shelf.recommended(who, *goods)
    assert keys(ask(who, n=2)) == ["p0", "p2"]
    plain = who_gets("control", "window", window)
    shelf.recommended(plain, *goods)
    assert keys(ask(plain, n=2)) == ["p0", "p1"]


class ByHalf:
    """A policy by which the first two products are of one category and the others of another."""

    def __new__(cls):
        from tests.policies import EverythingSells

        policy = EverythingSells()
        policy.category_of = lambda item: str(item.pk in {"p0", "p1"})
        return policy
