"""What `docs/how-to/privacy.md` says is true."""

import re
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.core.management import get_commands, load_command_class

import django_clvrec.tasks
from django_clvrec import marks, preview
from django_clvrec.api.urls import v1
from django_clvrec.conf import DEFAULTS
from django_clvrec.core.purchases import RULES
from django_clvrec.core.recommenders.tifu_knn import MOST_NEIGHBOURS
from django_clvrec.models import CustomerScore
from tests.shelf import Shelf, key_of, person

PAGE = (Path(__file__).parent.parent / "docs/how-to/privacy.md").read_text()
ERASE, SWITCH, BEAT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ROWS = re.findall(r"^\| (.+?) \| .*\| .*\| .* ?\|$", PAGE, re.MULTILINE)


def run(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


def test_the_table_names_every_model_of_the_app_once():
    known = {model.__name__ for model in apps.get_app_config("clvrec").get_models()}
    named = re.findall(r"`([A-Z][a-z]\w+)`", " ".join(ROWS))
    assert sorted(named) == sorted(known)


def test_every_model_with_a_key_is_told_to_hold_one():
    nothing = next(row for row in ROWS if "BanditArm" in row)
    for model in apps.get_app_config("clvrec").get_models():
        names = {field.name for field in model._meta.fields}
        if names & {"customer_key", "subject_key", "digest"}:
            assert f"`{model.__name__}`" not in nothing


def test_the_settings_have_the_defaults_that_are_told():
    told = re.findall(r"`([A-Z_]+)` \((\d+)\)", PAGE)
    assert {name: int(value) for name, value in told} == {
        name: DEFAULTS[name]
        for name in (
            "TOKEN_HOURS", "KEEP_SNAPSHOTS", "HISTORY_DAYS", "FEEDBACK_DAYS", "CACHE_SECONDS",
        )
    }  # fmt: skip


def test_names_are_those_of_the_code():
    assert f"{MOST_NEIGHBOURS:,} customers" in PAGE
    assert marks.SHORT == 8
    assert preview.COOKIE in PAGE
    assert preview.SECONDS == 1800
    assert "erased" in RULES
    routes = {f"v1/{one.pattern}".replace("<clvrec_key:key>", "{key}") for one in v1}
    assert set(re.findall(r"`(?:GET|DELETE) (\S+)`", PAGE)) <= routes


def test_tasks_commands_and_their_options_exist():
    assert django_clvrec.tasks
    tasks = {entry["task"] for entry in run(BEAT)["CELERY_BEAT_SCHEDULE"].values()}
    assert tasks | {"clvrec.prune_feedback"} <= set(current_app.tasks)
    for name, options in re.findall(r"manage\.py (\w+)(.*)", PAGE):
        assert name in get_commands()
        parser = load_command_class("django_clvrec", name).create_parser("manage.py", name)
        assert set(re.findall(r"(--[\w-]+)", options)) <= set(parser._option_string_actions)


@pytest.mark.django_db
def test_a_customer_is_forgotten():
    ann = person("ann")
    Shelf().score(ann)
    run(ERASE)["forget"](ann)
    assert not CustomerScore.objects.exists()


@pytest.mark.django_db
def test_a_switch_sends_customers_away_and_lets_them_in():
    ann, switch = person("ann"), run(SWITCH)["set_profiling"]
    switch(ann, is_wanted=False)
    assert key_of(ann) in marks.staying_out("ShopPurchases")
    switch(ann, is_wanted=True)
    assert key_of(ann) not in marks.staying_out("ShopPurchases")


def test_every_page_that_is_linked_exists():
    folder = Path(__file__).parent.parent / "docs/how-to"
    pages = re.findall(r"\]\(([\w./-]+\.md)\)", PAGE)
    assert pages
    assert [page for page in pages if not (folder / page).exists()] == []
