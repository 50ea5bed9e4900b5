"""`manage.py clvrec_doctor`: for people, and for monitoring."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from django_clvrec.doctor import Finding, Severity
from django_clvrec.management.commands import clvrec_doctor


def run(*words):
    """What it prints, and its exit code."""
    out = StringIO()
    try:
        call_command("clvrec_doctor", *words, stdout=out, no_color=True)
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


@pytest.fixture
def finds(monkeypatch):
    """Has the examination find what a test wants."""

    def finds(*severities):
        found = [
            Finding(topic="orders", severity=one, text=f"Text {one.word}.", hint="Do it." * one)
            for one in severities
        ]
        monkeypatch.setattr(clvrec_doctor, "examine", lambda _: found)

    return finds


@pytest.mark.parametrize(
    ("severities", "code", "status"),
    [
        ([], 0, "ok"),
        ([Severity.OK], 0, "ok"),
        ([Severity.OK, Severity.WARNING, Severity.OK], 1, "warning"),
        ([Severity.ERROR, Severity.WARNING], 2, "error"),
    ],
)
def test_the_worst_finding_is_the_exit_code_and_the_status(finds, severities, code, status):
    finds(*severities)
    printed, ended = run("--json")
    assert ended == code
    assert json.loads(printed)["status"] == status


def test_people_get_a_line_and_a_hint_by_topic(finds):
    finds(Severity.OK, Severity.WARNING)
    assert run()[0].splitlines() == [
        "Orders",
        "  ok       Text ok.",
        "  warning  Text warning.",
        "           → Do it.",
    ]


def test_json_is_one_object_with_what_was_found(past):
    past.live()
    printed, code = run("--source", "corner", "--json")
    told = json.loads(printed)
    assert [*told] == ["source", "status", "findings"]
    assert told["source"] == "corner"
    assert all([*one] == ["topic", "severity", "text", "hint"] for one in told["findings"])
    assert code == 2  # no order is there


def test_the_source_that_is_examined_is_the_first_one(db):
    assert json.loads(run("--json")[0])["source"] == "ShopPurchases"


def test_an_unknown_source_is_an_error_without_a_traceback(db):
    printed, code = run("--source", "nowhere", "--json")
    assert code == 2
    assert json.loads(printed)["source"] == "nowhere"


def test_the_help_tells_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        call_command("clvrec_doctor", "--help")
    assert "Exit code: 0 all well, 1 warnings, 2 errors." in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_database_that_is_away_ends_in_json_and_two(tmp_path):
    """In a process of its own, as monitoring starts it; nothing else is on stdout."""
    # a folder that does not exist holds no database
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "example_shop.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/shop.sqlite3",
    }
    ended = subprocess.run(
        [sys.executable, "manage.py", "clvrec_doctor", "--json"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["status"]) == (2, "error")
    assert "Traceback" not in ended.stderr
    assert {"database", "engine", "broker", "settings"} <= {
        one["topic"] for one in told["findings"]
    }
