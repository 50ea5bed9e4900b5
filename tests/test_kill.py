"""A refresh killed at any stage loses nothing, and the next one gives what a clean one gives."""

import signal

import pytest

from tests.project import TABLES, Project

pytestmark = pytest.mark.slow

STAGES = [
    ("extract", 0),
    ("start engine", 0),
    ("rfm", 0),
    ("scores", 0),
    ("popularity", 0),
    ("train product", 1),
    ("recommend product", 2),
    ("stop engine", 0),
    ("publish", 1),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def clean(project):
    """What one undisturbed refresh publishes."""
    project.refresh()
    return project.contents()


@pytest.mark.parametrize(("stage", "done"), STAGES, ids=[stage for stage, _ in STAGES])
def test_a_refresh_after_a_kill_equals_a_clean_one(project, clean, stage, done):
    before = project.live()
    assert project.refresh(stage, done).returncode == -signal.SIGKILL
    [(live, running)] = project.live()
    assert live == before[0][0]
    assert running not in {None, live}
    assert project.contents() == clean
    project.wait_for_the_end_of_spark()

    project.refresh()
    assert project.live() == [(running + 1, None)]
    assert project.contents() == clean
    assert list(project.work.iterdir()) == []
    [(state, error)] = project.query(
        f"SELECT state, error FROM clvrec_snapshot WHERE id = {running}"
    )
    assert (state, error) == ("failed", "The process that ran it ended before it had finished.")
    for table in TABLES:
        assert project.query(f"SELECT count(*) FROM {table} WHERE snapshot_id = {running}") == [
            (0,)
        ]
