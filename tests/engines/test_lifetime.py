"""From the scores of a run to lifetime values: what is told of histories of all kinds."""

import json
from datetime import timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from django_clvrec.core.segments import DEFAULT, rules_of
from django_clvrec.engines.base import SCORES
from django_clvrec.engines.lifetime import FORECASTS, learn, told
from django_clvrec.engines.local import LocalEngine
from django_clvrec.engines.stages import find_scale
from tests.core.clv.made_up import customers
from tests.logs import AS_OF, line, parameters, write_log

HORIZON = 120


def learnt(folder, lines, **changes):
    """The scale, what was learnt of these lines, and the scores with what is told of customers."""
    log, wanted = write_log(folder / "log", lines), parameters(horizon_days=HORIZON, **changes)
    (folder / "out").mkdir()
    with LocalEngine(1).open(log, folder / "out", wanted) as run:
        scale = find_scale(run, wanted, lambda *_: None)
        run.score(scale)
    scores = folder / "out" / SCORES
    found = learn(
        scores, scale, days=HORIZON, discount_rate=0.1, on_step=lambda *_: None
    )  # fmt: skip
    rows = [
        row
        for batch in pq.ParquetFile(scores / "scores.parquet").iter_batches()
        for row in told(batch, found, rules_of(DEFAULT), scale).to_pylist()
    ]
    return found, rows


def shop(n=600, seed=1, *, value=lambda mean, _: mean):
    """Order lines of customers who buy as the models assume."""
    rng = np.random.default_rng(seed)
    known, *_ = customers(n, rng, longest=600)
    lines = []
    for number in range(n):
        x, t_x, age = int(known.x[number]), known.t_x[number], known.T[number]
        at = [0.0, *(np.sort(rng.random(max(x - 1, 0))) * t_x), *([t_x] if x else [])]
        mean = value(known.mean_order_value[number], x + 1)
        lines += [
            line(f"c{number}", f"{number}-{order}", "tool1", age - day, revenue=f"{mean:.4f}")
            for order, day in enumerate(at)
        ]
    return lines


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return learnt(tmp_path_factory.mktemp("made"), shop())


def test_all_that_is_said_fits_into_json(made):
    found, _ = made
    assert json.loads(json.dumps(found.report, allow_nan=False)) == found.report
    assert found.report["reason"] == ""


def test_everybody_is_told_something(made):
    _, rows = made
    for row in rows:
        assert row["segment"]
        assert 0 <= row["p_alive"] <= 1
        assert 0 <= row["clv_low"] <= row["clv_high"]
        assert row["expected_orders"] > 0
        assert row["clv"] > 0


def test_forecasts_of_the_shop_are_the_sum_of_those_of_customers(made):
    found, rows = made
    said = found.report["orders"]
    assert said["expected"] == pytest.approx(sum(row["expected_orders"] for row in rows))
    assert said["low"] < said["expected"] < said["high"]
    # discounted by less than a third of a year
    assert 0.95 < sum(row["clv"] for row in rows) / found.report["revenue"]["expected"] < 1


def test_forecasts_are_tried_on_what_was_held_back(made):
    found, _ = made
    said = found.report["calibration"]
    assert said["days"] == HORIZON
    assert said["orders"]["missed_by"] == 0
    assert said["orders"]["low"] < said["orders"]["bought"] < said["orders"]["high"]
    # the naive forecast forgets who has stopped
    assert said["rmse"]["forecast"] < said["rmse"]["same_again"]
    assert said["rank_correlation"]["forecast"] > said["rank_correlation"]["same_again"]
    assert 0.5 < said["top_share"]["forecast"] <= said["top_share"]["best"] <= 1
    for groups in ("tiers", "deciles"):
        assert sum(row["customers"] for row in said[groups]) == said["customers"]
        assert sum(row["bought"] for row in said[groups]) == said["orders"]["bought"]


def test_the_part_that_is_held_back_teaches_nothing(tmp_path, made):
    end = AS_OF - timedelta(days=HORIZON)
    past = [one for one in shop() if one["purchased_at"].date() <= end.date()]
    alone, _ = learnt(tmp_path, past, as_of=end)
    expected = made[0].report["calibration"]["orders"]["forecast"]
    assert alone.report["orders"]["expected"] == pytest.approx(expected, rel=1e-6)


def nothing_told(found, rows, reason):
    assert found.forecaster is None
    assert found.report["reason"] == reason
    assert rows
    for row in rows:
        assert row["tier"]
        assert row["segment"]
        assert all(row[name] is None for name in FORECASTS)


def test_single_buyers_only(tmp_path):
    lines = [line(f"c{n}", f"{n}", "tool1", n) for n in range(1, 300)]
    reason = "0 customers have ordered again; at least 30 are needed to tell a rhythm."
    nothing_told(*learnt(tmp_path, lines), reason)


def test_one_customer(tmp_path):
    lines = [line("ann", f"{n}", "tool1", n) for n in range(1, 30)]
    reason = "1 customers have ordered again; at least 30 are needed to tell a rhythm."
    nothing_told(*learnt(tmp_path, lines), reason)


def test_one_day_of_data(tmp_path):
    lines = [line(f"c{n % 50}", f"{n}", "tool1", 0) for n in range(200)]
    reason = "0 customers have ordered again; at least 30 are needed to tell a rhythm."
    nothing_told(*learnt(tmp_path, lines), reason)


def test_a_short_history_is_not_tried_on_itself(tmp_path):
    rng = np.random.default_rng(2)
    lines = [
        line(f"c{n % 80}", f"{n}", "tool1", float(rng.integers(1, 60))) for n in range(400)
    ]  # fmt: skip
    found, rows = learnt(tmp_path, lines)
    assert found.report["calibration"] == {
        "reason": "History is too short to hold back days to compare with."
    }
    assert all(row["clv"] is not None for row in rows)


def test_order_values_that_grow_with_the_number_of_orders_are_told(tmp_path, made):
    assert not made[0].report["dependence"]["is_strong"]
    found, rows = learnt(tmp_path, shop(value=lambda mean, orders: mean * orders))
    assert found.report["dependence"]["is_strong"]
    assert found.report["dependence"]["correlation"] > 0.3
    assert all(row["clv"] is not None for row in rows)


def test_of_very_many_customers_a_part_is_learnt_from(tmp_path, made, monkeypatch):
    monkeypatch.setattr("django_clvrec.engines.lifetime.MOST_CUSTOMERS", 200)
    found, rows = learnt(tmp_path, shop())
    assert found.report["share"] == pytest.approx(1 / 3)
    assert found.report["buying"]["customers"] == 200
    assert found.report["orders"]["expected"] == pytest.approx(
        made[0].report["orders"]["expected"], rel=0.3
    )
    assert len(rows) == 600


def test_values_that_differ_endlessly_are_not_told(tmp_path):
    rng = np.random.default_rng(4)
    lines = shop(value=lambda *_: float(rng.lognormal(3, 2.2)))
    found, rows = learnt(tmp_path, lines)
    assert found.report["spending"]["reason"].startswith("Order values differ so much")
    assert json.dumps(found.report, allow_nan=False)
    assert all(row["expected_orders"] > 0 and row["clv"] is None for row in rows)


def test_what_cannot_be_computed_ends_no_refresh(tmp_path, monkeypatch):
    def fails(*_):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr("django_clvrec.engines.lifetime.fit", fails)
    reason = "They could not be computed from these orders: LinAlgError."
    nothing_told(*learnt(tmp_path, shop(40)), reason)


def test_customers_who_come_nearly_every_day_take_no_longer(tmp_path):
    """Nobody can order more often than daily, so nothing beyond that is looked at."""
    rng = np.random.default_rng(5)
    lines = []
    for number in range(120):
        share = 0.9 if number % 6 == 0 else 0.02
        days = np.flatnonzero(rng.random(500) < share) + 1
        lines += [line(f"c{number}", f"{number}-{day}", "tool1", float(day)) for day in days]
    found, rows = learnt(tmp_path, lines)
    assert found.report["reason"] == ""
    assert max(row["expected_orders"] for row in rows) <= HORIZON
