"""The reference is made from the code, and says of everything what it is and what to do."""

import inspect
import re
import subprocess
import sys
from collections import Counter

import pytest

from django_clvrec.conf import DEFAULTS
from docs.from_code import causes, checks, commands, errors, log, settings, signals
from docs.from_code.pages import FOLDER, PAGES
from docs.from_code.source import PACKAGE


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name):
    assert (FOLDER / name).read_text() == PAGES[name](), "run `make reference`"


def test_every_setting_has_its_meaning():
    assert {*settings.meanings()} == {*DEFAULTS}


def test_every_setting_of_an_app_apart_has_its_meaning_and_stands_in_its_how_to():
    assert settings.apart()
    for name, (defaults, texts) in settings.apart().items():
        page = FOLDER.parent / "how-to" / f"{name.removeprefix('CLVREC_').lower()}.md"
        _, _, below = page.read_text().partition("| Key | Default | |\n")
        table, _, _ = below.partition("\n\n")
        rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE))
        assert {*rows} == {*texts} == {*defaults}
        told = {key: settings.told(value) for key, value in defaults.items() if value is not None}
        assert {key: value.strip("`") for key, value in rows.items() if key in told} == told


def test_every_check_has_its_cause_and_no_cause_is_of_none():
    assert {one.number for one in checks.found()} == {*causes.CHECKS}


def test_every_check_says_what_to_do():
    assert [one for one in checks.found() if not any(hint.strip("… ") for hint in one.hints)] == []


def test_all_that_complains_is_found():
    """By counting in the text, which knows nothing of syntax."""
    code = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    told = Counter(one.number for one in checks.found())
    ids = re.findall(r'\bid="clvrec\w*\.', code)
    assert sum(told.values()) == len(ids) + len(re.findall(r"\bsource_error\(", code)) - 1


def test_what_may_not_be_installed_is_not_imported():
    program = (
        "import os, sys, django\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.openapi.settings'\n"
        "django.setup()\n"
        "before = {*sys.modules}\n"
        "from docs.from_code.pages import PAGES\n"
        "[made() for made in PAGES.values()]\n"
        "print([one for one in {*sys.modules} - before if one.startswith('django_clvrec.contrib')])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("kind", errors.classes().values())
def test_every_error_says_what_happened_and_what_to_do(kind):
    fact, _, step = inspect.getdoc(kind).partition("\n\n")
    assert fact.endswith(".")
    assert step.endswith(".") or kind is errors.exceptions.ClvrecError


def test_what_is_added_to_errors_is_of_errors():
    assert {*causes.ERRORS} <= {*errors.classes()}


def test_every_error_is_raised_somewhere():
    of_others = {"ClvrecError"}
    assert [one for one in errors.classes() if not errors.raised_in(one)] == [*of_others]


def test_every_event_that_warns_says_what_to_do():
    worrying = {one.name for one in log.found() if one.level in {"WARNING", "ERROR"}}
    assert worrying <= {*causes.EVENTS} <= {one.name for one in log.found()}
    assert not [one for one in log.found() if "…" in one.name]


def test_every_command_has_its_how_to():
    assert [*commands.TOPICS] == commands.names()
    assert all((FOLDER.parent / f"{one}.md").exists() for one in commands.TOPICS.values())


def test_every_signal_says_what_it_comes_with():
    assert {*signals.found()} == {
        "drifted", "feedback_recorded", "segment_changed", "snapshot_published", "tier_changed"
    }  # fmt: skip
    for name, (module, text) in signals.found().items():
        _, given = signals.arguments(name, module)
        assert all(f"`{one}`" in text for one in given)
