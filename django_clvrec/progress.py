"""How far a refresh is: told to its caller at once, and to the database now and then."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import Error, connections
from django.utils import timezone

from django_clvrec.logs import say
from django_clvrec.meter import Meter
from django_clvrec.models import Snapshot, is_private, write_database
from django_clvrec.watching import Stages

REPORT_SECONDS = 1.0
EXTRACT = "extract"
"""The stage in which the connection to the source's database is busy."""

OnProgress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class Progress:
    """Tells stage and counts to the caller at once, and to the database now and then."""

    def __init__(
        self,
        snapshot: Snapshot,
        meter: Meter,
        on_progress: OnProgress,
        check: Callable[[], None] = lambda: None,
        cancel: Callable[[], None] = lambda: None,
    ) -> None:
        """`check` is called at every step, and `cancel` when somebody has cancelled: it raises."""
        self.snapshot, self.meter, self.on_progress = snapshot, meter, on_progress
        self.check, self.cancel = check, cancel
        self._saved_at = float("-inf")
        self._stages, self._done = Stages(snapshot.source), 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Work on `stage` has come to `done` of `total`."""
        self.check()
        changed = stage != self.snapshot.stage
        if changed:
            self._enter(stage)
        self._done = done
        self.on_progress(stage, done, total)
        if changed or time.monotonic() - self._saved_at > REPORT_SECONDS:
            self.snapshot.stage, self.snapshot.done, self.snapshot.total = stage, done, total
            is_wanted = self._save()
            self._saved_at = time.monotonic()
            if not is_wanted:
                self.cancel()

    def finish(self) -> None:
        """The last stage is done."""
        self._enter("")

    def close(self) -> None:
        """Nothing more comes, whether or not the last stage is done."""
        self._stages.close()

    def _enter(self, stage: str) -> None:
        self.meter.enter(stage)
        self._stages.enter(stage, self._done)
        self._done = 0

    def _save(self) -> bool:
        """Keep how far it is; whether the refresh is to go on."""
        self.snapshot.heartbeat_at = timezone.now()
        columns = ("stage", "done", "total", "heartbeat_at")
        values = {name: getattr(self.snapshot, name) for name in columns}
        if self.snapshot.stage != EXTRACT or is_private():
            return _save(self.snapshot.pk, values)
        if connections[write_database()].in_atomic_block:
            # of a shop's TestCase: others do not see the row, and on MariaDB wait for its end
            return True
        # Another connection, for this one sends lines: PostgreSQL would let a query wait for their
        # end, and SQLite refuses to write after somebody else did, for it reads an older state.
        said: list[bool] = []
        thread = threading.Thread(target=_save_apart, args=(self.snapshot.pk, values, said))
        thread.start()
        thread.join()
        return said != [False]


def _save_apart(snapshot_id: int, values: dict[str, Any], said: list[bool]) -> None:
    try:
        said.append(_save(snapshot_id, values))
    finally:
        connections[write_database()].close()


def _save(snapshot_id: int, values: dict[str, Any]) -> bool:
    """One statement, which also tells whether somebody has cancelled: then it finds no row."""
    mine = Snapshot.objects.using(write_database()).filter(pk=snapshot_id)  # replicas are late
    try:
        return bool(mine.filter(cancelled_by="").update(**values)) or not mine.cancelled().exists()
    except Error as error:  # the next report will do
        name = type(error).__name__
        say(logging.WARNING, "refresh.unsaved", "Progress could not be saved: %s", name)
        return True
