"""`manage.py clvrec_refresh` that is told to end cleans up first, at whatever stage it is."""

import signal
import subprocess

import pytest

from tests.project import SECONDS, Project

pytestmark = pytest.mark.slow

COMMAND = ("manage.py", "clvrec_refresh", "--source", "corner", "--as-of", "2026-07-01T12:00")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def clean(project):
    """What one undisturbed refresh publishes."""
    project.run(*COMMAND)
    return project.contents()


ENDINGS = {
    signal.SIGINT: (130, "Ctrl-C (SIGINT)"),
    signal.SIGTERM: (-signal.SIGTERM, "SIGTERM"),
}


# the few orders here are read before anybody could see that they are being read
@pytest.mark.parametrize("stage", ["start engine", "rfm", "train product"])
@pytest.mark.parametrize("signum", ENDINGS, ids=["ctrl-c", "term"])
def test_a_refresh_that_is_told_to_end_leaves_nothing(project, clean, stage, signum):
    code, named = ENDINGS[signum]
    before = project.live()
    process = project.start(*COMMAND, stderr=subprocess.PIPE, text=True)
    project.wait_for_stage(stage)
    process.send_signal(signum)
    _, said = process.communicate(timeout=SECONDS)

    assert process.returncode == code, said
    assert f"Stopped by {named} in the stage “" in said
    assert "Traceback" not in said
    assert project.command_lines() == []
    assert project.leftovers() == []
    assert project.live() == before
    assert project.contents() == clean
    state, error = project.snapshots()[-1]
    assert (state, error.partition(" in the stage")[0]) == ("failed", f"Stopped by {named}")


def test_a_refresh_that_somebody_cancels_ends_within_seconds_and_leaves_nothing(project, clean):
    before = project.live()
    process = project.start(*COMMAND, stderr=subprocess.PIPE, text=True)
    project.wait_for_stage("train product")
    project.query("UPDATE clvrec_snapshot SET cancelled_by = 'boss' WHERE state = 'running'")
    _, said = process.communicate(timeout=SECONDS)

    assert process.returncode == 3, said
    assert "was cancelled in the stage “" in said
    assert "Traceback" not in said
    assert project.command_lines() == []
    assert project.leftovers() == []
    assert project.live() == before
    assert project.contents() == clean
    state, error = project.snapshots()[-1]
    assert (state, error.partition(" in the stage")[0]) == ("failed", "Cancelled by boss")
