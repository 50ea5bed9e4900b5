"""A refresh that beat asks for, or several ask for at once, on real brokers."""

import signal

import pytest

from tests.project import SECONDS

pytestmark = pytest.mark.brokers


def test_beat_asks_and_a_worker_that_is_told_to_end_finishes_first(project, clean, queue):
    [(before, _)] = project.live()
    worker, beat = queue.worker(), queue.beat()
    project.wait_for_stage("start engine")
    beat.terminate()
    worker.send_signal(signal.SIGTERM)
    worker.wait(SECONDS)

    [(live, _)] = project.live()
    assert live > before
    assert project.contents() == clean
    assert project.leftovers() == []
    assert project.processes() == []
    assert "clvrec.refresh" in queue.said()


def test_two_refreshes_at_once_give_one_run_and_one_polite_refusal(project, clean, queue):
    [(before, _)] = project.live()
    queue.worker()
    queue.worker()
    asked = [queue.send(), queue.send()]
    done, refused = sorted((one.get(timeout=SECONDS) for one in asked), key=len, reverse=True)

    assert project.live() == [(done["snapshot"], None)]
    assert done["snapshot"] > before
    assert set(refused) == {"refused"}
    assert "running" in refused["refused"]
    assert project.contents() == clean
    assert "Traceback" not in queue.said()
