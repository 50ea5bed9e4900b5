"""`manage.py clvrec_refresh`: train and publish from the terminal."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.exceptions import ClvrecError, RefreshCancelled
from django_clvrec.management.progress import ProgressBar
from django_clvrec.management.tables import report_table
from django_clvrec.models import Snapshot
from django_clvrec.parameters import end_of_observation
from django_clvrec.pipeline import refresh
from django_clvrec.sources import get_source

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""
CANCELLED = 3
"""So that a script can tell a refresh that somebody cancelled from one that failed."""


class Command(BaseCommand):
    """Train on all purchases and publish recommendations."""

    help = (
        "Score customers, train recommenders on all purchases, and publish the result. "
        "Exit code: 3 where somebody cancelled it, 130 after Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", help="name of the purchase source; default: the first one")
        parser.add_argument(
            "--engine", help='"spark", "local" or a dotted path; default: CLVREC["ENGINE"]'
        )
        parser.add_argument(
            "--as-of",
            type=end_of_observation,
            help="end of observation: an ISO time, or a date, of which all counts; default: now",
        )
        parser.add_argument(
            "--full",
            action="store_true",
            help="read all lines anew, also those that CLVREC['LOG_DIR'] keeps",
        )
        parser.add_argument(
            "--ungated",
            action="store_true",
            help="publish however the result compares with what is live (QUALITY_GATE)",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON only")
        parser.add_argument(
            "--unless-live",
            action="store_true",
            help="where a snapshot is live already, only print its report",
        )

    def handle(self, **options: Any) -> None:
        try:
            snapshot = (options["unless_live"] and _live(options["source"])) or _refresh(options)
        except RefreshCancelled as error:
            raise CommandError(str(error), returncode=CANCELLED) from error
        except ClvrecError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:  # cleaned up, and logged with its reason
            raise CommandError("Cancelled.", returncode=INTERRUPTED) from error
        report = snapshot.report
        self.stdout.write(json.dumps(report) if options["json"] else report_table(report))


def _live(source: str | None) -> Snapshot | None:
    return Snapshot.objects.live(get_source(source).name).first()


def _refresh(options: dict[str, Any]) -> Snapshot:
    bar = ProgressBar(sys.stderr)
    try:
        snapshot = refresh(
            options["source"],
            options["engine"],
            options["as_of"],
            on_progress=bar,
            full=options["full"],
            is_gated=not options["ungated"],
        )
    except BaseException:
        bar.close("failed")
        raise
    bar.close()
    return snapshot
