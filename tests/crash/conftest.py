"""Shops whose refreshes are killed, and the figures at the end of the run."""

import os
import random
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.crash import postgres
from tests.crash.shops import Shop

SEED = int(os.environ.get("CLVREC_TEST_SEED") or random.SystemRandom().randrange(2**32))
"""Moments are drawn from it; CLVREC_TEST_SEED draws those of another run again."""


class Tally:
    """Kills by what was killed or when, and what was looked at meanwhile."""

    def __init__(self):
        self.kills, self.seen = Counter(), Counter()

    def lines(self):
        kills = ", ".join(f"{number} × {kind}" for kind, number in sorted(self.kills.items()))
        seen = ", ".join(f"{number} {what}" for what, number in sorted(self.seen.items()))
        if kills:
            yield f"{self.kills.total()} kills: {kills} (CLVREC_TEST_SEED={SEED})"
        if seen:
            yield f"meanwhile: {seen}"


TALLY = Tally()


def pytest_terminal_summary(terminalreporter):
    for line in TALLY.lines():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tally():
    return TALLY


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory, tally):
    """Makes shops, and closes them."""
    with ExitStack() as stack:

        def open_one(database=None, **env):
            folder = tmp_path_factory.mktemp("shop")
            database = database or f"sqlite:///{folder / 'shop.sqlite3'}"
            shop = Shop(folder, database, SEED, tally, **env)
            stack.callback(shop.close)
            return shop

        yield open_one


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL that belongs to this run, so that it may be killed."""
    with postgres.server() as running:
        yield running
