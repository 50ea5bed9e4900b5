"""What each record of the log says of itself, and how it looks as JSON."""

import json
import logging
import re
import sys
from pathlib import Path

import pytest

import django_clvrec
from django_clvrec.logs import FIELDS, JsonFormatter, about, say
from tests.records import recorded


@pytest.fixture
def records():
    with recorded() as found:
        yield found


def line(record):
    return json.loads(JsonFormatter().format(record))


def test_a_record_has_its_event_and_fields(records):
    say(logging.INFO, "refresh.stage", "The stage %s is done", "rfm", stage="rfm", seconds=1.5)
    [record] = records.found
    assert record.getMessage() == "The stage rfm is done"
    assert (record.event, record.stage, record.seconds) == ("refresh.stage", "rfm", 1.5)


def test_fields_that_are_not_known_are_there_all_the_same(records):
    """So that a format such as “%(snapshot)s” never fails."""
    logging.getLogger("django_clvrec").warning("of another module")
    [record] = records.found
    assert [getattr(record, name) for name in FIELDS] == [None] * len(FIELDS)


def test_what_is_logged_meanwhile_is_about_the_same(records):
    with about(task="t1", source="corner"), about(snapshot=7, source=None):
        say(logging.INFO, "one", "inside")
        say(logging.INFO, "two", "with its own", source="other")
    say(logging.INFO, "three", "after it")
    told = [(one.task, one.source, one.snapshot) for one in records.found]
    assert told == [("t1", "corner", 7), ("t1", "other", 7), (None, None, None)]


def test_it_says_where_it_was_said(records):
    say(logging.INFO, "one", "here")
    assert records.found[0].filename == "test_logs.py"


def test_a_json_line_has_what_is_known_and_nothing_else(records):
    with about(snapshot=7):
        say(logging.WARNING, "one", "It is %d", 3, rows=2)
    found = line(records.found[0])
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "WARNING",
        "logger": "django_clvrec",
        "message": "It is 3",
        "event": "one",
        "snapshot": 7,
        "rows": 2,
    }


def test_a_json_line_of_an_error_tells_its_kind_and_place_but_not_its_text():
    try:
        raise ValueError("ada@example.org")
    except ValueError:
        record = logging.LogRecord("shop", logging.ERROR, __file__, 1, "x", None, sys.exc_info())
    text = JsonFormatter().format(record)
    assert "ada@example.org" not in text
    assert json.loads(text)["error"] == "ValueError"
    assert "test_logs.py" in json.loads(text)["trace"][0]


def test_no_module_logs_tracebacks_or_by_another_logger():
    """A traceback holds the text of the error, and that may name a customer."""
    folder = Path(django_clvrec.__file__).parent
    for path in folder.rglob("*.py"):
        code = path.read_text()
        assert not re.search(r"\.exception\(|exc_info=|stack_info=", code), path
        assert set(re.findall(r"getLogger\((.*?)\)", code)) <= {'"django_clvrec"'}, path
