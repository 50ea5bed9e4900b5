"""The reference is made from the code, and says of everything what it is and what to do."""

import inspect
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


def test_every_check_has_its_cause_and_no_cause_is_of_none():
    assert {one.number for one in checks.found()} == {*causes.CHECKS}


def test_every_check_says_what_to_do():
    assert [one for one in checks.found() if not any(hint.strip("… ") for hint in one.hints)] == []


def test_all_that_complains_is_found():
    """By counting in the text, which knows nothing of syntax."""
    code = "".join(path.read_text() for path in (PACKAGE / "checks").glob("*.py"))
    told = Counter(one.number for one in checks.found())
    assert sum(told.values()) == code.count('id="clvrec.') + code.count("source_error(") - 1


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
    pages = {f"{one}.md" for one in commands.TOPICS.values()}
    assert pages <= {path.name for path in (FOLDER.parent / "how-to").iterdir()}


def test_every_signal_says_what_it_comes_with():
    assert {*signals.found()} == {"drifted", "feedback_recorded", "segment_changed", "tier_changed"}
    for name, (module, text) in signals.found().items():
        _, given = signals.arguments(name, module)
        assert all(f"`{one}`" in text for one in given)
