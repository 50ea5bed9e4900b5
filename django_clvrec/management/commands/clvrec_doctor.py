"""`manage.py clvrec_doctor`: what is well and what is not, for people and for monitoring."""

import json
import sys
from argparse import ArgumentParser
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand

from django_clvrec.doctor import Finding, Severity, examine
from django_clvrec.exceptions import NoSource
from django_clvrec.sources import get_source

WIDTH = 9
"""Of the column that says how bad it is."""


class Command(BaseCommand):
    """Examine orders, customers, refreshes and machinery."""

    help = (
        "Say what is well and what is not: orders, customers, refreshes, expected benefit, "
        "database, engine, Java, broker and workers, schedule, settings. "
        "Exit code: 0 all well, 1 warnings, 2 errors."
    )
    # what checks find is told beside everything else, and does not end the command
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", help="name of the purchase source; default: the first one")
        parser.add_argument("--json", action="store_true", help="print one JSON object only")

    def handle(self, **options: Any) -> None:
        found = examine(options["source"])
        status = max((one.severity for one in found), default=Severity.OK)
        if options["json"]:
            told = {
                "source": _name(options["source"]),
                "status": status.word,
                "findings": [one.to_json() for one in found],
            }
            self.stdout.write(json.dumps(told))
        else:
            for topic, several in groupby(found, key=lambda one: one.topic_label):
                self.stdout.write(self.style.MIGRATE_HEADING(topic))
                for one in several:
                    self._tell(one)
        if status:
            sys.exit(status)

    def _tell(self, finding: Finding) -> None:
        paint = {
            Severity.OK: self.style.SUCCESS,
            Severity.WARNING: self.style.WARNING,
            Severity.ERROR: self.style.ERROR,
        }[finding.severity]
        self.stdout.write(f"  {paint(f'{finding.severity.label:<{WIDTH}}')}{finding.text}")
        if finding.hint:
            self.stdout.write(" " * (2 + WIDTH) + f"→ {finding.hint}")


def _name(source: str | None) -> str | None:
    """The name of the source, also of one that is not known; None where there is none at all."""
    try:
        return get_source(source).name
    except NoSource:
        return source
