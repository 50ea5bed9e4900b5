"""What the README says is true."""

import inspect
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.template import Context, Template

from django_clvrec.sources import get_source
from django_clvrec.tasks import refresh
from example_shop.shop import clvrec

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_one_file_is_the_example_shops():
    assert inspect.getsource(clvrec).partition("\n\n")[2] == blocks("python")[0]


def test_every_make_target_exists():
    targets = re.findall(r"`?make ([a-z-]+)", README)
    assert targets
    assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)


def test_every_management_command_exists():
    commands = re.findall(r"manage\.py ([a-z_]+)", README)
    assert {"clvrec_refresh", "check", "migrate"} <= set(commands) <= set(get_commands())


@pytest.mark.django_db
def test_the_template_renders():
    (source,) = blocks("django")
    Template(source).render(Context())


@pytest.mark.django_db
def test_the_python_call_runs():
    assert get_source().name == "ShopPurchases"
    exec(blocks("python")[1], {})  # noqa: S102


def test_the_task_is_called_what_the_schedule_says():
    assert f'"task": "{refresh.name}"' in README


def test_the_schedule_is_due_once_a_night():
    said = {}
    exec(blocks("python")[2], said)  # noqa: S102
    when = said["CELERY_BEAT_SCHEDULE"]["refresh"]["schedule"]
    assert (when.hour, when.minute, len(when.day_of_week)) == ({3}, {0}, 7)
    assert said["CELERY_BEAT_SCHEDULE"] == settings.CELERY_BEAT_SCHEDULE


def test_every_page_that_is_linked_exists():
    pages = re.findall(r"\]\(([\w/-]+\.md)\)", README)
    assert pages
    assert [page for page in pages if not (ROOT / page).exists()] == []


def test_it_stays_short():
    assert len(README.splitlines()) <= 150


def test_the_screenshot_is_there():
    assert (ROOT / "docs/images/home.png").exists()
