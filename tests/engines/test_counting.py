"""What is learnt from: no burst of newcomers, and one customer once a day; money stays money."""

import datetime as dt

import pyarrow.dataset as ds
import pytest

from django_clvrec.core.bursts import BurstRules, Newcomers
from django_clvrec.core.caps import WeightCaps
from django_clvrec.engines import counting
from django_clvrec.engines.counting import Decision, counted
from tests.attack import AS_OF, DAYS, TARGET, Attack, attack, line, shop
from tests.logs import write_log

HONEST = shop(customers=400)
BURST = attack(12, Attack(camouflage=2))
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TODAY = (AS_OF - EPOCH).days


@pytest.fixture
def count(tmp_path):
    runs = iter(range(100))

    def count(lines, levels=("product",), *, caps=None, rules=BurstRules(), decisions=()):  # noqa: B008
        folder = tmp_path / str(next(runs))
        log = write_log(folder / "log", lines)
        caps = caps or WeightCaps(per_day=None, in_all=None)
        return counted(log, folder / "out", levels, caps=caps, rules=rules, decisions=decisions)

    return count


def rows(found):
    return ds.dataset(found.log).to_table().to_pylist()


def of_target(found, who=""):
    mine = [one for one in rows(found) if one["item_product"] == TARGET]
    return [one for one in mine if one["customer_key"].startswith(who)]


def decision(*, counts):
    return Decision(
        level="product",
        item_key=TARGET,
        first=TODAY - 10,
        last=TODAY,
        who=Newcomers(days=7),
        counts=counts,
    )


def test_an_honest_shop_is_learnt_from_as_it_is(count):
    found = count(HONEST)
    assert (found.found, found.kept_out, found.log.name) == ((), 0, "log")


@pytest.mark.parametrize("year", [1, 1970])
def test_orders_whose_time_was_lost_do_not_make_the_log_older(count, year):
    """Where it begins, everybody is new, and soon nobody."""
    began = [
        line(f"c{n:03}", f"began{n}-{week}", f"p{n % 9:03}", DAYS + 99 - n % 7 - 7 * week, 5)
        for n in range(200)
        for week in range(12)
    ]
    at = {"purchased_at": AS_OF.replace(year=year)}
    lost = [line(f"c{n:03}", f"lost{n}", "p000", 0, 5) | at for n in range(20)]
    assert count([*began, *HONEST]).found == ()
    assert count([*lost, *began, *HONEST]).found == ()
    assert {one.item_key for one in count([*lost, *began, *HONEST, *BURST]).found} == {TARGET}


def test_a_burst_of_newcomers_is_found_with_its_figures(count):
    [one] = count(HONEST + BURST).found
    assert (one.level, one.item_key) == ("product", TARGET)
    assert (one.burst.buyers, one.burst.newcomers) == (12, 12)
    assert one.burst.usual < 0.3
    assert one.burst.first <= TODAY - 3 <= one.burst.last


def test_what_they_bought_of_it_does_not_count_and_the_rest_does(count):
    found = count(HONEST + BURST)
    assert of_target(found, "fake") == []
    assert len(of_target(found)) == 6
    kept = [one for one in rows(found) if one["customer_key"].startswith("fake")]
    assert sum(one["item_product"] is not None for one in kept) == 12 * 3 * 2


def test_every_line_keeps_its_place_and_its_money(count):
    lines = HONEST + BURST
    money = [(one["customer_key"], one["order_key"], one["revenue"]) for one in rows(count(lines))]
    assert money == [(one["customer_key"], one["order_key"], one["revenue"]) for one in lines]


def test_what_is_out_at_one_level_counts_at_none(count):
    found = count(HONEST + BURST, ("category", "product"))
    fakes = [one for one in rows(found) if one["customer_key"].startswith("fake")]
    assert sum(one["item_category"] is not None for one in fakes) == 12 * 3 * 2


def test_a_launch_that_regulars_buy_is_no_burst(count):
    launch = [line(f"c{number:03}", f"new{number}", "launch", 3, 9) for number in range(0, 300, 5)]
    assert count(HONEST + launch).found == ()


def test_a_season_that_brings_newcomers_to_all_items_is_no_burst(count):
    season = [
        line(f"guest{number}", f"g{number}", f"p{number % 40:03}", 3 + number % 5, 9)
        for number in range(200)
    ]
    assert count(HONEST + season).found == ()


def test_what_somebody_let_count_counts(count):
    found = count(HONEST + BURST, decisions=[decision(counts=True)])
    assert found.found == ()
    assert len(of_target(found)) == 6 + 12 * 3


@pytest.mark.parametrize("rules", [BurstRules(), None], ids=["on", "off"])
def test_what_somebody_keeps_out_stays_out(count, rules):
    found = count(HONEST + BURST, rules=rules, decisions=[decision(counts=False)])
    assert of_target(found, "fake") == []


def test_without_rules_nothing_is_looked_for(count):
    assert count(HONEST + BURST, rules=None).log.name == "log"


def test_a_decision_about_an_item_that_is_gone_harms_nothing(count):
    assert count(HONEST, decisions=[decision(counts=False)]).kept_out == 0


def test_orders_beyond_the_caps_have_no_item(count):
    lines = [line("ann", f"o{number}", "tea", 1, 5) for number in range(3)]
    found = count([*lines, line("bob", "b", "tea", 1, 5)], caps=WeightCaps(), rules=None)
    assert [one["item_product"] for one in rows(found)] == ["tea", None, None, "tea"]
    assert found.capped == {"product": 2}


def test_a_large_log_in_parts_gives_the_same(count, monkeypatch):
    whole = count(HONEST + BURST, caps=WeightCaps())
    monkeypatch.setattr(counting, "AT_ONCE", 500)
    parts = count(HONEST + BURST, caps=WeightCaps())
    assert (parts.found, rows(parts)) == (whole.found, rows(whole))


def test_of_many_pushed_items_each_loses_its_own_lines(count):
    many = [
        one | {"item_product": f"{TARGET} {n}", "order_key": f"{one['order_key']} {n}"}
        for n in range(5)
        for one in BURST
        if one["item_product"] == TARGET
    ]
    found = count(HONEST + many)
    assert {one.item_key for one in found.found} == {f"{TARGET} {n}" for n in range(5)}
    assert found.kept_out == len(many)
    assert not [one for one in rows(found) if (one["item_product"] or "").startswith(f"{TARGET} ")]
