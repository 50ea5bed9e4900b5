"""PostgreSQL is killed beneath a refresh: it fails and says so, or goes on; nothing is lost."""

import pytest

from tests.crash.moments import Moment
from tests.crash.shops import TIMES

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

STAGES = ("extract", "scores", "lifetime value", "similar items", "publish")


@pytest.fixture(scope="module")
def shop(open_shop, server):
    shop = open_shop(server.database("killed"))
    shop.learn()
    return shop


def draw(shop, stage, victim):
    return Moment(kind="time", stage=stage, seconds=shop.random.uniform(0, 0.2), victim=victim)


def check(shop, server, ended, before):
    assert ended.code in {0, 1}, (ended, shop.log()[-3000:])
    server.wait()
    found = shop.check(before)
    assert ended.code == 1 or found.live > before.live
    if ended.code:
        assert ended.error.startswith(("DatabaseFailed: ", "SourceUnreadable: "))
        assert found.running is None
    return shop.settle(shop.random.choice(TIMES))


@pytest.mark.parametrize("stage", STAGES)
def test_the_backend_of_a_refresh_is_killed(shop, server, tally, stage):
    before = shop.look()
    ended = shop.act("refresh", draw(shop, stage, "backend"), as_of=shop.random.choice(TIMES))
    tally.kills["backend"] += bool(ended.killed)
    check(shop, server, ended, before)


@pytest.mark.parametrize("stage", STAGES)
def test_the_server_is_killed_and_started_again(shop, server, tally, stage):
    before = shop.look()
    with server.revived(after=shop.random.uniform(0, 1)):
        moment = draw(shop, stage, "postmaster")
        ended = shop.act("refresh", moment, as_of=shop.random.choice(TIMES))
    tally.kills["database server"] += bool(ended.killed)
    check(shop, server, ended, before)
