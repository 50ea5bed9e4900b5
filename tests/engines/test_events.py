"""From a log to events: samples, and tiers as they were."""

import pyarrow as pa
import pytest

from django_clvrec.engines.backtests import Question, ask
from django_clvrec.engines.events import events_of, sample, sampled_lines, tiers_by_time
from django_clvrec.exceptions import NothingToEvaluate
from tests.logs import AS_OF, line, parameters, two_tastes, write_log


def keys(size):
    return pa.array([f"c{number}" for number in range(size)])


def test_a_sample_of_a_small_shop_is_everyone():
    assert sample(keys(50), 50).all()


def test_a_sample_is_about_as_large_as_asked_for():
    assert 800 < sample(keys(10_000), 1000).sum() < 1200


def test_who_is_in_a_sample_stays_in_it_when_others_join():
    before, after = sample(keys(9000), 900), sample(keys(10_000), 1000)
    assert (after[:9000] | ~before).mean() > 0.999


def test_sampled_lines_are_all_lines_of_the_customers_in_the_sample(tmp_path):
    lines = [line(f"c{n}", f"o{n}-{m}", "tool", m) for n in range(500) for m in range(3)]
    found, customers = sampled_lines(write_log(tmp_path, lines), 100)
    events = events_of(found, "product")
    assert customers == 500
    assert 60 < events.customer_count < 140
    assert len(events.times) == 3 * events.customer_count


def test_tiers_are_those_known_at_the_moment(tmp_path):
    rich = [line("a", f"o{n}", "tool", 100 - n, revenue="90") for n in range(9)]
    late = [line("b", f"p{n}", "tool", 9 - n, revenue="900") for n in range(9)]
    once = [line(f"c{n}", f"q{n}", "tool", 100) for n in range(9)]
    lines, _ = sampled_lines(write_log(tmp_path, [*rich, *late, *once]), 100)
    tiers_at = tiers_by_time(lines, parameters())
    day = 86_400_000_000
    now = int(AS_OF.timestamp() * 1e6)
    before, after = tiers_at(now - 50 * day), tiers_at(now)
    assert (before[0], before[1]) == ("high", "new")
    assert after[1] == "high"


def test_a_log_of_one_moment_cannot_be_evaluated(tmp_path):
    log = write_log(tmp_path, [line("a", "1", "tool"), line("b", "2", "tool")])
    with pytest.raises(NothingToEvaluate):
        next(ask(log, parameters(), Question(), {}))


def test_blocks_of_time_are_evaluated_one_after_another(tmp_path):
    log = write_log(tmp_path, two_tastes())
    question = Question(names=("popular", "personal"), folds=3, cut=0.4)
    answer = next(ask(log, parameters(), question, {}))
    cuts = [test.cut for test in answer.tests]
    assert len(cuts) == 3
    assert cuts == sorted(set(cuts))
    row = next(row for row in answer.leaderboard() if row["intent"] == "mixed")
    assert row["customers"] == sum(len(t.boards["mixed"].customers) for t in answer.tests)


def test_a_shops_own_recommender_competes_under_its_name(tmp_path):
    from tests.own_recommender import Newest

    log = write_log(tmp_path, two_tastes())
    own = {"newest": Newest()}
    answer = next(ask(log, parameters(own=own), Question(names=("popular", "newest")), {}))
    assert {row["name"] for row in answer.leaderboard()} == {"auto", "popular", "newest"}
