"""`manage.py clvrec_export`: recommendations or scores of a snapshot as a file."""

import codecs
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.core.ranking import DISCOVER, INTENTS
from django_clvrec.exceptions import ClvrecError
from django_clvrec.exports import (
    CSV,
    FORMATS,
    PARQUET,
    Table,
    TextStream,
    recommendations,
    scores,
    write,
)
from django_clvrec.interruption import handled
from django_clvrec.models import Tier

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""
STDOUT = "-"


class Command(BaseCommand):
    """Write what a snapshot holds, row by row."""

    help = "Export the recommendations or the scores of every customer as CSV or Parquet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        tables = parser.add_subparsers(dest="table", required=True)
        lists = tables.add_parser("recommendations", help="the best items of every customer")
        lists.add_argument("--level", help="what is recommended; default: the source's first one")
        lists.add_argument("--intent", default=DISCOVER, help=", ".join(INTENTS))
        lists.add_argument("--n", type=int, default=10, help="items of each customer; default: 10")
        customers = tables.add_parser("scores", help="RFM, tier, segment and lifetime value")
        customers.add_argument(
            "--tier", nargs="+", default=(), metavar="TIER", help=", ".join(Tier.values)
        )
        customers.add_argument("--segment", nargs="+", default=(), metavar="SEGMENT")
        customers.add_argument("--group", metavar="NAME", help="a group that admins have saved")
        for table in (lists, customers):
            table.add_argument("--format", choices=FORMATS, default=CSV)
            table.add_argument(
                "--out", required=True, metavar="PATH", help="a file, or - for CSV to stdout"
            )
            table.add_argument("--source", help="name of the purchase source; default: the first")
            table.add_argument("--snapshot", type=int, help="its number; default: the live one")
            table.add_argument(
                "--raw",
                action="store_true",
                help="leave texts in CSV as they are, also where a spreadsheet would compute them",
            )

    def handle(self, **options: Any) -> None:
        out, form = options["out"], options["format"]
        if out == STDOUT and form == PARQUET:
            raise CommandError("Parquet does not go to stdout. Name a file, or export CSV.")
        try:
            # SIGTERM too is an exception here, so that what was begun is cleared away
            with handled() as signals, signals.window(is_open=True):
                target = self._stdout() if out == STDOUT else Path(out)
                rows = write(_table(options), target, form, is_raw=options["raw"])
        except ClvrecError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Cancelled.", returncode=INTERRUPTED) from error
        if out == STDOUT:
            self.stderr.write(f"Rows written: {rows:,}.", str)  # in red it would look like an error
        else:
            self.stdout.write(f"Rows written to {out}: {rows:,}.")

    def _stdout(self) -> TextStream:
        """In UTF-8 and with the line ends of CSV, whatever those of the terminal are."""
        binary = getattr(self.stdout, "buffer", None)
        return codecs.getwriter("utf-8")(binary) if binary else self.stdout


def _table(options: dict[str, Any]) -> Table:
    of = {"source": options["source"], "snapshot": options["snapshot"]}
    if options["table"] == "scores":
        chosen = {"tiers": options["tier"], "segments": options["segment"]}
        return scores(**chosen, group=options["group"], **of)
    return recommendations(level=options["level"], intent=options["intent"], n=options["n"], **of)
