"""What `docs/how-to/schedule.md` says is true."""

import importlib
import re
from pathlib import Path

import django
import pytest
from celery.schedules import crontab

from django_clvrec.tasks import refresh

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/how-to/schedule.md").read_text()
SETTINGS, TASK, TASKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def settings_of(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


def test_the_celery_settings_are_settings():
    found = settings_of(SETTINGS)
    [entry] = found["CELERY_BEAT_SCHEDULE"].values()
    assert entry["task"] == refresh.name
    assert entry["schedule"] == crontab(hour=3, minute=0)
    limits = entry["options"]
    assert limits["soft_time_limit"] < limits["time_limit"]
    timeout = found["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"]
    assert timeout > limits["time_limit"]


def test_the_commands_are_those_of_the_readme():
    [page] = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    assert page in (ROOT / "README.md").read_text()


def test_the_task_acknowledges_late_and_comes_back_when_its_worker_is_lost():
    assert refresh.acks_late
    assert refresh.reject_on_worker_lost


@pytest.mark.django_db
def test_the_task_of_djangos_framework_runs(tmp_path, monkeypatch, settings):
    """On Django 5.2 with the package that brings the framework there."""
    package = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
    told = settings_of(TASKS)["TASKS"]
    backend = told["default"]["BACKEND"].replace("django.tasks", package)
    settings.TASKS = {"default": told["default"] | {"BACKEND": backend}}
    (tmp_path / "page_tasks.py").write_text(TASK.replace("from django.tasks", f"from {package}"))
    monkeypatch.syspath_prepend(tmp_path)
    task = importlib.import_module("page_tasks").refresh_recommendations

    result = task.enqueue("corner")
    assert result.status == "FAILED"  # a shop without orders
    assert "gave 0 lines and no purchase" in result.errors[0].traceback
