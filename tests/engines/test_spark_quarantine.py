"""Where items are kept out and capped, and a date is wrong, both engines still say the same."""

import datetime as dt

import pytest

from django_clvrec.core.bursts import BurstRules
from django_clvrec.core.caps import WeightCaps
from django_clvrec.engines.counting import counted
from django_clvrec.engines.local import LocalEngine
from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.stages import compute
from tests.attack import TARGET, Attack, attack, line, shop
from tests.engines.contract import read_outputs
from tests.logs import parameters, write_log

WRONG = line("c001", "wrong date", "p001", 1, 5) | {
    "purchased_at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)
}
MANY = [line("c002", f"again {number}", "p002", number % 3, 5) for number in range(60)]
LINES = [*shop(customers=300, items=40), *attack(12, Attack(camouflage=2)), WRONG, *MANY]


def ran(engine, log, folder):
    (folder / "out").mkdir(parents=True)
    given = parameters(min_buyers=2, min_tier_customers=1000)
    outputs = compute(engine, log, folder / "out", given, lambda *_: None)
    return outputs, *read_outputs(folder / "out")


def listed(lists):
    return {item for items in lists["items"] for item in items}


@pytest.mark.usefixtures("spark")
def test_the_engines_agree_where_items_are_kept_out_and_capped(tmp_path):
    log = write_log(tmp_path / "log", LINES)
    found = counted(log, tmp_path / "counted", ("product",), caps=WeightCaps(), rules=BurstRules())
    assert found.kept_out == 36
    assert found.capped["product"] >= 57
    engines = {"local": LocalEngine(1), "spark": build_engine("spark", {"master": "local[2]"})}
    outputs, scores, lists = ran(engines["local"], found.log, tmp_path / "local")
    others, other_scores, other_lists = ran(engines["spark"], found.log, tmp_path / "spark")
    assert scores.equals(other_scores[scores.columns])
    assert outputs.tier_sizes == others.tier_sizes
    assert outputs.cohorts == others.cohorts
    assert [(one.tier, *one.item_keys) for one in outputs.popular] == [
        (one.tier, *one.item_keys) for one in others.popular
    ]
    assert listed(lists) == listed(other_lists)
    assert all(TARGET not in one.item_keys for one in outputs.popular)
