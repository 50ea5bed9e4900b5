"""What happened, told to whoever counts: by default nobody, and then it costs next to nothing."""

from collections.abc import Callable, Mapping

Taker = Callable[[str, float, Mapping[str, str]], None]
"""Called with what happened, how much of it, and its labels: few values each, none personal."""

TAKERS: list[Taker] = []


def note(name: str, value: float = 1.0, **labels: str) -> None:
    """Something happened so often, or took so many seconds."""
    for take in TAKERS:
        take(name, value, labels)
