"""Spark dies beneath a refresh, or the refresh above Spark: nothing is lost, and no JVM is left."""

import pytest

from tests.crash.moments import Moment
from tests.crash.shops import TIMES

pytestmark = pytest.mark.slow

START, EARLY, LATE = ("start engine",), ("rfm", "scores"), ("train product", "recommend product")


@pytest.fixture(scope="module")
def shop(open_shop):
    shop = open_shop(CLVREC_TEST_ENGINE="spark")
    shop.stages = shop.learn(TIMES[:2]).stages
    return shop


@pytest.fixture(scope="module")
def cluster(open_shop):
    """Executors have JVMs of their own."""
    shop = open_shop(CLVREC_TEST_ENGINE="spark", CLVREC_TEST_MASTER="local-cluster[1,1,1024]")
    shop.stages = shop.learn(TIMES[:1]).stages
    return shop


def draw(shop, stages, victim="refresh"):
    stage = shop.random.choice(stages)
    seconds = shop.random.uniform(0, shop.stages[stage])
    return Moment(kind="time", stage=stage, seconds=seconds, victim=victim)


@pytest.mark.parametrize("stages", [START, EARLY + LATE], ids=["start", "work"])
def test_a_refresh_that_is_killed_takes_its_jvm_with_it(shop, stages):
    before = shop.look()
    shop.killed("refresh", draw(shop, stages), "refresh on Spark", as_of=TIMES[1])
    shop.check(before)


@pytest.mark.parametrize("stages", [START, EARLY, LATE], ids=["start", "early", "late"])
def test_a_refresh_whose_jvm_is_killed_says_so(shop, tally, stages):
    before = shop.look()
    ended = shop.act("refresh", draw(shop, stages, "jvm"), as_of=TIMES[0])
    tally.kills["JVM"] += bool(ended.killed)
    if ended.code:
        assert ended.error.startswith("SparkFailed: Spark ")
    assert_over(shop, ended, before)


def test_after_kills_a_refresh_on_spark_gives_what_a_clean_one_gives(shop):
    shop.settle(TIMES[1])


def test_an_executor_is_killed_and_another_takes_its_place_or_the_refresh_says_so(cluster, tally):
    before = cluster.look()
    moment = draw(cluster, ("rfm", "scores", "train product"), "executor")
    ended = cluster.act("refresh", moment, as_of=TIMES[0])
    tally.kills["executor"] += bool(ended.killed)
    assert_over(cluster, ended, before)


def assert_over(shop, ended, before):
    """It failed or went on; what is live is whole, and nothing of it is left."""
    assert ended.code in {0, 1}, (ended, shop.log()[-3000:])
    found = shop.check(before)
    assert (ended.code == 0) == (found.live > before.live)
    assert found.running is None
    assert found.left == []
    assert shop.files() == []
