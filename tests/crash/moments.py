"""When a process dies: counted by what it does, or after a time in a stage."""

import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

KINDS = ("report", "statement", "file", "time")
FILE_EVENTS = {"open", "os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link"}
BY_NAME = {"open", "os.mkdir"}
"""Those that others cause too; what removes names no folder, as `rmtree` works in an open one."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The `number`-th report of progress, statement or file, or so many seconds into a stage."""

    kind: str
    number: int = 0
    is_after: bool = False
    """Whether the statement is executed before."""
    stage: str = ""
    seconds: float = 0.0
    victim: str = "refresh"
    """Who is killed at a time: the refresh, or another process that takes part."""


@dataclass(frozen=True)
class Measured:
    """What an undisturbed run has of each, and how long its stages took."""

    counts: dict
    stages: dict

    def draw(self, rng, kind):
        if kind == "time":
            stage = rng.choice(list(self.stages))
            return Moment(kind=kind, stage=stage, seconds=rng.uniform(0, self.stages[stage]))
        number = rng.randint(1, self.counts[kind])
        return Moment(kind=kind, number=number, is_after=rng.random() < 0.5)


class Counter:
    """Counts what this process does, and ends it without a word when its moment has come."""

    def __init__(self, moment):
        self.moment = moment
        self.counts = dict.fromkeys(KINDS[:3], 0)

    def count(self, kind, *, is_after=False):
        self.counts[kind] += not is_after
        now = Moment(kind=kind, number=self.counts[kind], is_after=is_after)
        if self.moment and kind == self.moment.kind and asdict(now) == asdict(self.moment):
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute, *query):
        self.count("statement")
        try:
            return execute(*query)
        finally:
            self.count("statement", is_after=True)

    def report(self, *_):
        self.count("report")
        self.count("report", is_after=True)

    @contextmanager
    def counting(self, connection, folder):
        """Statements and files; reports are counted by who gets them."""

        def audit(event, given):
            if event not in FILE_EVENTS:
                return
            if event not in BY_NAME or str(given[0]).startswith(str(folder)):
                self.count("file")
                self.count("file", is_after=True)

        sys.addaudithook(audit)  # for good: the process is one of its own
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(self.statement))
            yield
