"""A progress bar on a terminal; silence elsewhere."""

import time
from typing import TextIO

WIDTH = 24
REDRAW_SECONDS = 0.1


class ProgressBar:
    """Shows the stage at work, how far it is, and how long it takes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_shown = stream.isatty()
        self._stage, self._started, self._drawn = "", time.monotonic(), 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self.close()
            self._stage, self._started, self._drawn = stage, now, 0.0
        if self.is_shown and now - self._drawn > REDRAW_SECONDS:
            self._drawn = now
            self.stream.write("\r" + self._line(done, total, now - self._started) + "\x1b[K")
            self.stream.flush()

    def close(self, ending: str = "done") -> None:
        """End the line of the stage that was at work."""
        if self.is_shown and self._stage:
            seconds = time.monotonic() - self._started
            self.stream.write(f"\r{self._stage:<22} {ending} {seconds:7.1f} s\x1b[K\n")
            self.stream.flush()
        self._stage = ""

    def _line(self, done: int, total: int, seconds: float) -> str:
        filled = WIDTH * min(done, total) // total if total else 0
        counts = f"{done:,} of {total:,}" if total else ""
        return f"{self._stage:<22} [{'#' * filled:<{WIDTH}}] {counts:<24} {seconds:6.0f} s"
