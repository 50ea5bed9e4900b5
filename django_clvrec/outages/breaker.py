"""Whether a server that has just failed is asked again: one request at a time finds out."""

import threading
import time

REST_SECONDS = 5.0
"""How long nobody asks. So long, and one question, after the fault is over all is as before."""


class Breaker:
    """Closed while a server answers, open while it does not. For all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0  # 0: it is closed

    @property
    def is_open(self) -> bool:
        return self._rests_until > 0

    def lets_through(self) -> bool:
        """Whether to ask now. While it is open, one caller each REST_SECONDS tries."""
        if not self.is_open:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                return False
            if self.is_open:  # the others rest until it is known what this one found
                self._rests_until = now + REST_SECONDS
            return True

    def failed(self) -> bool:
        """Note it; whether that is news."""
        with self._lock:
            is_news = not self.is_open
            self._rests_until = time.monotonic() + REST_SECONDS
            return is_news

    def succeeded(self) -> bool:
        """Note it; whether that is news."""
        if not self.is_open:
            return False
        with self._lock:
            is_news, self._rests_until = self.is_open, 0.0
            return is_news
