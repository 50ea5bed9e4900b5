"""Seconds per stage, and the peak memory of this process and all its children."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

SAMPLE_SECONDS = 0.5


class Meter:
    """Measures one run. Resident memory is summed over the process tree, twice a second."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self.peak_memory_mb = 0
        self._stage = ""
        self._since = time.monotonic()

    def enter(self, stage: str) -> None:
        """From now on time counts for `stage`."""
        now = time.monotonic()
        if self._stage:
            self.stages[self._stage] = self.stages.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    @contextmanager
    def running(self) -> Iterator["Meter"]:
        stopped = threading.Event()

        def sample() -> None:
            process = psutil.Process()
            while not stopped.wait(SAMPLE_SECONDS):
                self.peak_memory_mb = max(self.peak_memory_mb, tree_memory_mb(process))

        thread = threading.Thread(target=sample, name="clvrec-memory", daemon=True)
        self.peak_memory_mb = tree_memory_mb(psutil.Process())
        thread.start()
        try:
            yield self
        finally:
            stopped.set()
            thread.join()


def tree_memory_mb(process: psutil.Process) -> int:
    """Resident memory of `process` and its descendants, in MiB."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.Error:
            continue
    return total >> 20
