"""How much time and memory one training may take."""

import time
from dataclasses import dataclass

import psutil

from django_clvrec.exceptions import OverBudget

MB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Bounds of one training, and where it runs."""

    seconds: float = 600.0
    memory_mb: int = 4096
    """What the training may add to the memory of its process."""
    customers: int = 50_000
    """Of more, a sample is learnt from."""
    device: str = "auto"
    """`auto` is a GPU where there is one; else what PyTorch calls it, such as `cpu`."""

    def start(self) -> "Stopwatch":
        return Stopwatch(self)


class Stopwatch:
    """What a training has used of its budget."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._process = psutil.Process()
        self._begun, self._memory = time.monotonic(), self._process.memory_info().rss

    def require(self, size: int) -> None:
        """Raises OverBudget where so many bytes are more than there may be."""
        if size > self.budget.memory_mb * MB:
            raise OverBudget(
                f"The network needs {size // MB:,} MB, more than the {self.budget.memory_mb:,} MB "
                'of CLVREC["DEEP"]["memory_mb"]. Give it more, or recommend at a level with fewer '
                "items."
            )

    def over(self, share: float = 1.0) -> str:
        """What is used up, in words; empty while there is something left of `share` of the time."""
        seconds = time.monotonic() - self._begun
        if seconds > self.budget.seconds * share:
            return f"{self.budget.seconds * share:g} seconds"
        if self._process.memory_info().rss - self._memory > self.budget.memory_mb * MB:
            return f"{self.budget.memory_mb:,} MB of memory"
        return ""
