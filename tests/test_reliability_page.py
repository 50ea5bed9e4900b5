"""What docs/explanation/reliability.md says of counts that stand in tests is true."""

import re
from pathlib import Path

from tests.access.people import INSIDE, OUTSIDE
from tests.access.routes import METHODS, of_api
from tests.access.table import NOWHERE, OPERATORS
from tests.crash import test_kills

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/explanation/reliability.md").read_text()


def test_every_page_that_is_linked_exists():
    pages = re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", PAGE)
    assert pages
    assert [page for page in pages if not (ROOT / "docs/explanation" / page).exists()] == []


def test_what_is_killed_is_counted_as_the_tests_count():
    assert f"{2 * test_kills.KILLS} in all" in PAGE
    assert f"| 20, {2 * test_kills.ERASED} |" in PAGE
    rows = re.search(r"\| Killed \|.*?\n\n", PAGE, re.DOTALL).group(0)
    *counts, every = re.findall(r"\| ([^|]+?) \|\n", rows)[1:]
    assert every == "**228**"
    totals = [re.search(r"(\d+) in all", one) for one in counts]
    found = [
        [total[1]] if total else re.findall(r"\d+", one)
        for total, one in zip(totals, counts, strict=True)
    ]
    assert sum(int(number) for row in found for number in row) == 228


def test_the_walk_is_as_long_as_it_is_said_to_be():
    told = re.search(r"\((\d+) addresses × (\d+) methods × (\d+)\nroles\)", PAGE)
    assert [int(one) for one in told.groups()] == [
        len({*of_api()} - {*NOWHERE, *OPERATORS}), len(METHODS), len(OUTSIDE) + len(INSIDE),
    ]  # fmt: skip
