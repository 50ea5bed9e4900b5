"""How many made-up customers put an item into a popular list, with and without the defence."""

import pytest

from django_clvrec.core.bursts import BurstRules
from django_clvrec.core.caps import WeightCaps
from django_clvrec.engines.counting import counted
from django_clvrec.engines.local import LocalEngine
from django_clvrec.engines.stages import find_scale
from tests.attack import TARGET, Attack, attack, shop
from tests.logs import parameters, write_log

HONEST = shop()
TOP = 10
STRATEGIES = {
    "one-day burst": (Attack(), 16),
    "burst with camouflage": (Attack(camouflage=4), 35),
    "slow drip": (Attack(over_days=25, camouflage=3), 30),
    "accounts warmed up": (Attack(warm_days=40, camouflage=3), 28),
    "aimed at the high tier": (Attack(orders=12, price=60, apart_days=1.5, camouflage=2), 100),
}
"""With the number of customers that suffices without the defence."""
REGULARS = Attack(warm_days=40, warm_orders=3)


@pytest.fixture
def tiers(tmp_path):
    """The tiers in whose ten most popular items the pushed one is."""
    runs = iter(range(100))

    def tiers(lines, *, is_defended):
        folder = tmp_path / str(next(runs))
        (folder / "out").mkdir(parents=True)
        log = write_log(folder / "log", lines)
        if is_defended:
            level = ("product",)
            log = counted(log, folder / "counted", level, caps=WeightCaps(), rules=BurstRules()).log
        given = parameters(levels=("product",), min_buyers=5)
        with LocalEngine(1).open(log, folder / "out", given) as run:
            run.score(find_scale(run, given, lambda *_: None))
            found = run.popular("product")
        return {one.tier for one in found if TARGET in one.item_keys[:TOP]}

    return tiers


def test_an_honest_shop_does_not_list_the_item(tiers):
    assert tiers(HONEST, is_defended=False) == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", STRATEGIES)
def test_without_the_defence_so_many_customers_suffice(tiers, name):
    plan, k = STRATEGIES[name]
    assert tiers(HONEST + attack(k, plan), is_defended=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("k", [16, 30, 50, 100])
def test_with_it_a_hundred_do_not(tiers, name, k):
    plan, _ = STRATEGIES[name]
    assert tiers(HONEST + attack(k, plan), is_defended=True) == set()


@pytest.mark.slow
@pytest.mark.parametrize("is_defended", [False, True])
def test_customers_who_ordered_on_days_before_are_regulars_to_it(tiers, is_defended):
    assert tiers(HONEST + attack(16, REGULARS), is_defended=is_defended) == {"low"}
