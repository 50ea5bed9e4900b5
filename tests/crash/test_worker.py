"""A worker is killed, the process of a task or all of it: the task is done by who comes next."""

import signal
import time

import psutil
import pytest

from tests.brokers.conftest import redis  # noqa: F401 - a fixture
from tests.brokers.queue import Queue
from tests.crash.shops import TIMES
from tests.project import SECONDS, wait

pytestmark = pytest.mark.slow

CHILDREN = 5
VISIBLE = 5
"""After so many seconds the broker delivers again what nobody has said to be done."""


@pytest.fixture(scope="module")
def shop(open_shop):
    shop = open_shop()
    shop.stages = shop.learn(TIMES[:2]).stages
    return shop


@pytest.fixture
def queue(shop, redis):  # noqa: F811
    queue = Queue(shop, redis)
    queue.env["DJANGO_SETTINGS_MODULE"] = "tests.crash.settings"
    yield queue
    queue.close()


@pytest.fixture
def send(shop, queue):
    """Asks for a refresh that will change what is live; its result, and what is live before."""

    def send_one():
        before, newest = shop.settle(TIMES[1]), shop.newest()
        asked = queue.send()  # as of the first of TIMES
        wait(lambda: shop.newest() > newest, "no refresh begins")
        time.sleep(shop.random.uniform(0, sum(shop.stages.values())))
        return asked, before

    return send_one


def assert_done(shop, asked, before):
    asked.get(timeout=SECONDS)
    found = shop.check(before)
    assert (found.as_of, found.running, found.left) == (TIMES[0], None, [])
    assert shop.files() == []


def test_tasks_whose_process_is_killed_are_done_by_another(shop, queue, send, tally):
    worker = queue.worker()
    for _ in range(CHILDREN):
        wait(lambda: len(worker.children()) == 1, "the pool has no process")
        [child] = worker.children()
        asked, before = send()
        child.kill()
        tally.kills["process of a task"] += 1
        assert_done(shop, asked, before)
    worker.send_signal(signal.SIGTERM)
    worker.wait(SECONDS)


@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "parent"])
def test_the_task_of_a_killed_worker_is_done_by_the_next(shop, queue, send, tally, is_whole):
    worker = queue.worker(CLVREC_TEST_VISIBILITY_TIMEOUT=str(VISIBLE))
    wait(lambda: len(worker.children()) == 1, "the pool has no process")
    family = [worker, *worker.children()]
    asked, before = send()
    for one in family[: 2 if is_whole else 1]:
        one.kill()
        tally.kills["worker"] += 1
    _, alive = psutil.wait_procs(family, timeout=SECONDS)
    assert alive == []
    queue.worker(CLVREC_TEST_VISIBILITY_TIMEOUT=str(VISIBLE))
    assert_done(shop, asked, before)
