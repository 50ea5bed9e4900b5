"""However a task ends, its JVM ends too, and the refresh that follows finds nothing in its way."""

import signal

import psutil
import pytest
from celery.exceptions import SoftTimeLimitExceeded, TaskRevokedError, TimeLimitExceeded

from tests.project import SECONDS, wait

pytestmark = pytest.mark.brokers


def pool(worker):
    """The processes that run a worker's tasks."""
    return [child for child in worker.children() if "java" not in " ".join(child.cmdline())]


def busy(worker):
    """The one that has started a JVM."""
    [child] = [one for one in pool(worker) if one.children()]
    return child


def test_the_task_of_a_killed_process_is_done_by_another(project, clean, queue):
    worker = queue.worker("--concurrency", "2")
    asked = queue.send()
    project.wait_for_stage("rfm")
    [(_, killed)] = project.live()
    one, spark = busy(worker), project.processes()
    other = next(child for child in pool(worker) if child != one)
    one.kill()
    _, alive = psutil.wait_procs(spark, timeout=SECONDS)
    assert alive == []
    assert other.is_running()

    assert asked.get(timeout=SECONDS)["snapshot"] == killed + 1
    assert project.contents() == clean
    assert project.leftovers() == []
    assert (killed, "failed") in project.query("SELECT id, state FROM clvrec_snapshot")
    worker.send_signal(signal.SIGTERM)
    worker.wait(SECONDS)
    assert project.processes() == []


def test_a_task_that_is_revoked_cleans_up_and_says_why(project, clean, redis_queue):
    worker = redis_queue.worker()
    asked = redis_queue.send()
    project.wait_for_stage("rfm")
    redis_queue.app.control.revoke(asked.id, terminate=True)
    with pytest.raises(TaskRevokedError):
        asked.get(timeout=SECONDS)
    wait(lambda: not project.leftovers(), "files, rows or the lease are left")
    project.wait_for_the_end_of_spark()
    assert ended(project).startswith("Stopped by SIGTERM in the stage")
    assert project.contents() == clean
    assert worker.is_running()


def test_a_task_that_somebody_cancels_says_so_and_its_worker_goes_on(project, clean, redis_queue):
    worker = redis_queue.worker()
    [process] = pool(worker)
    asked = redis_queue.send()
    project.wait_for_stage("rfm")
    project.query("UPDATE clvrec_snapshot SET cancelled_by = 'boss' WHERE state = 'running'")
    assert "was cancelled in the stage" in asked.get(timeout=SECONDS)["cancelled"]
    assert ended(project).startswith("Cancelled by boss in the stage")
    assert project.processes() == []
    assert project.leftovers() == []
    assert project.contents() == clean
    assert pool(worker) == [process]

    done = redis_queue.send().get(timeout=SECONDS)
    assert project.live() == [(done["snapshot"], None)]


def test_a_soft_time_limit_cleans_up_and_says_why(project, clean, rabbitmq_queue):
    rabbitmq_queue.worker()
    asked = rabbitmq_queue.send(soft_time_limit=6)
    with pytest.raises(SoftTimeLimitExceeded):
        asked.get(timeout=SECONDS)
    assert ended(project).startswith("Stopped by its soft time limit in the stage")
    assert ended(project).endswith("with a longer limit.")
    assert project.processes() == []
    assert project.leftovers() == []
    assert project.contents() == clean


@pytest.mark.slow
def test_a_hard_time_limit_leaves_work_to_the_next_refresh_only(project, clean, redis_queue):
    redis_queue.worker()
    with pytest.raises(TimeLimitExceeded):
        redis_queue.send(time_limit=6).get(timeout=SECONDS)
    project.wait_for_the_end_of_spark()
    redis_queue.send().get(timeout=SECONDS)
    assert project.contents() == clean
    assert project.leftovers() == []


@pytest.mark.slow
def test_a_worker_that_is_told_to_end_at_once_leaves_its_task_to_the_next(project, clean, queue):
    worker = queue.worker()
    asked = queue.send()
    project.wait_for_stage("rfm")
    worker.send_signal(signal.SIGQUIT)
    worker.wait(SECONDS)
    assert project.processes() == []
    assert ended(project).startswith("Stopped by SIGTERM in the stage")
    assert project.leftovers() == []

    queue.worker()
    asked.get(timeout=SECONDS)
    assert project.contents() == clean


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [60])  # longer than a refresh takes on a busy machine
def test_the_task_of_a_worker_that_died_as_a_whole_is_delivered_again(
    project, clean, queue, seconds
):
    worker = queue.worker(CLVREC_TEST_VISIBILITY_TIMEOUT=str(seconds))
    asked = queue.send()
    project.wait_for_stage("rfm")
    [(_, killed)] = project.live()
    for process in [worker, *pool(worker)]:
        process.kill()
    project.wait_for_the_end_of_spark()

    queue.worker(CLVREC_TEST_VISIBILITY_TIMEOUT=str(seconds))
    assert asked.get(timeout=SECONDS)["snapshot"] == killed + 1
    assert project.contents() == clean
    assert project.leftovers() == []


@pytest.mark.slow
def test_a_task_that_is_delivered_twice_is_done_once(project, clean, redis_queue):
    redis_queue.worker()
    done = redis_queue.send(task_id="the-same").get(timeout=SECONDS)
    before = project.snapshots()
    redis_queue.send(task_id="the-same")
    wait(lambda: "has fulfilled this request" in redis_queue.said(), "it is not refused")
    assert project.live() == [(done["snapshot"], None)]
    assert project.snapshots() == before


def ended(project):
    """The error of the last snapshot."""
    state, error = project.snapshots()[-1]
    assert state == "failed"
    return error
