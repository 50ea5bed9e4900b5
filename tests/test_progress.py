"""What a person sees while a refresh runs, and at its end."""

import io
import re

import pytest

from django_clvrec.management import progress
from django_clvrec.management.progress import ProgressBar
from django_clvrec.management.tables import report_table
from tests.shelf import REPORT


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(progress, "REDRAW_SECONDS", -1)  # every call draws
    return Terminal()


def screen(stream):
    """The lines as the terminal shows them in the end."""
    lines = [line.rpartition("\r")[2] for line in stream.getvalue().split("\n")]
    return [line.replace("\x1b[K", "") for line in lines]


def test_a_terminal_shows_stage_bar_and_counts(terminal):
    ProgressBar(terminal)("publish", 1000, 4000)
    [line] = screen(terminal)
    assert line.startswith("publish ")
    assert f"[{'#' * 6}{' ' * 18}] 1,000 of 4,000" in line


def test_the_bar_is_full_at_the_end_and_never_overfull(terminal):
    bar = ProgressBar(terminal)
    for done in (24, 30):
        bar("publish", done, 24)
        assert f"[{'#' * 24}]" in screen(terminal)[-1]


def test_a_stage_of_unknown_size_shows_an_empty_bar(terminal):
    ProgressBar(terminal)("extract", 0, 0)
    assert f"[{' ' * 24}]" in screen(terminal)[-1]


def test_a_new_stage_ends_the_line_of_the_one_before(terminal):
    bar = ProgressBar(terminal)
    bar("extract", 5, 10)
    bar("rfm", 0, 1)
    before, at_work = screen(terminal)
    assert re.fullmatch(r"extract +done +0\.0 s", before)
    assert at_work.startswith("rfm ")


def test_the_same_stage_is_drawn_over_itself(terminal):
    bar = ProgressBar(terminal)
    for done in range(5):
        bar("extract", done, 5)
    assert terminal.getvalue().count("\n") == 0


def test_closing_ends_the_line_and_closing_again_does_nothing(terminal):
    bar = ProgressBar(terminal)
    bar("extract", 5, 10)
    bar.close()
    bar.close()
    assert screen(terminal)[1:] == [""]


def test_closing_before_the_start_draws_nothing(terminal):
    ProgressBar(terminal).close()
    assert terminal.getvalue() == ""


def test_the_bar_is_not_drawn_more_often_than_needed():
    terminal = Terminal()
    bar = ProgressBar(terminal)
    for done in range(1000):
        bar("extract", done, 1000)
    assert terminal.getvalue().count("\r") < 100


def test_where_no_terminal_is_nothing_is_written():
    stream = io.StringIO()
    bar = ProgressBar(stream)
    bar("extract", 5, 10)
    bar("rfm", 0, 1)
    bar.close()
    assert stream.getvalue() == ""


def test_the_report_has_all_that_a_person_asks():
    table = report_table(REPORT)
    for row in (
        r"lines read +1,234",
        r"dropped: refund +5",
        r"customers +1,200",
        r"recency +k = 2  centres 3\.0  30\.0",
        r"new +600",
        r"high +100",
        r"product / all +600 customers × 40 items  5,000 interactions  1\.5 s",
        r"product / high +too few customers",
        r"recommendation lists +3,600",
        r"peak memory +2,048 MB",
        r"rfm +2\.5",
        r"total +3\.5",
    ):
        assert re.search(rf"^  {row}$", table, re.MULTILINE), row


def test_the_sections_of_the_report_stand_in_order():
    titles = [line for line in report_table(REPORT).splitlines() if not line.startswith(" ")]
    assert titles == [
        "Purchases", "Clusters", "Tiers", "Served by", "Models", "Result", "Seconds",
    ]  # fmt: skip


def test_rules_that_dropped_nothing_are_not_listed():
    assert "zero" not in report_table(REPORT)
