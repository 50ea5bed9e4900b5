"""Catches what “django_clvrec” logs, as a handler of a shop gets it."""

import logging
from contextlib import contextmanager


class Records(logging.Handler):
    """Keeps every record, whatever its level."""

    def __init__(self):
        super().__init__()
        self.found = []

    def emit(self, record):
        self.found.append(record)

    def events(self):
        return [record.event for record in self.found]

    def of(self, event):
        return [record for record in self.found if record.event == event]


@contextmanager
def recorded():
    """All that is logged meanwhile."""
    records, logger = Records(), logging.getLogger("django_clvrec")
    before = logger.level
    logger.addHandler(records)
    logger.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        logger.removeHandler(records)
        logger.setLevel(before)
