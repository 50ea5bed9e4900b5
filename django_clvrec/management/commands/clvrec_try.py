"""`manage.py clvrec_try`: what a file of past orders would give, before anything is wired."""

import codecs
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.core.ranking import DISCOVER, INTENTS
from django_clvrec.engines.registry import require_training
from django_clvrec.exceptions import ClvrecError
from django_clvrec.interruption import handled
from django_clvrec.management.arguments import whole
from django_clvrec.management.progress import ProgressBar
from django_clvrec.management.trials import trial_text

if TYPE_CHECKING:
    from django_clvrec.trial import Columns

LEVEL = "product"


class Command(BaseCommand):
    """Tiers, lifetime values and a leaderboard from a CSV or Parquet file of order lines."""

    help = (
        "Try a CSV or Parquet file of order lines: tiers, segments, lifetime values, and which "
        "recommender would have done best. Neither models nor a database are needed, and nothing "
        "is stored."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a CSV file with a line of names, or Parquet")
        parser.add_argument("--customer", required=True, metavar="COLUMN", help="who bought")
        parser.add_argument(
            "--item", required=True, action="append", type=_item, metavar="[LEVEL=]COLUMN",
            help=f"what was bought, also several times, such as category=Category; level: {LEVEL}",
        )  # fmt: skip
        parser.add_argument("--time", required=True, metavar="COLUMN", help="when")
        parser.add_argument(
            "--order", metavar="COLUMN", help="in which order; default: one a day for each customer"
        )
        parser.add_argument("--revenue", metavar="COLUMN", help="what was paid for the line")
        parser.add_argument("--price", metavar="COLUMN", help="or for one piece of it,")
        parser.add_argument("--quantity", metavar="COLUMN", help="and how many pieces")
        parser.add_argument(
            "--time-format", default="", metavar="FORMAT",
            help='as of strptime, such as "%%d/%%m/%%Y %%H:%%M"; default: ISO 8601',
        )  # fmt: skip
        parser.add_argument(
            "--delimiter", type=_delimiter, default=",", help="of a CSV file; \\t for a tab"
        )
        parser.add_argument(
            "--decimal", choices=(".", ","), default=".", help="mark of its numbers"
        )
        parser.add_argument("--encoding", type=_encoding, default="utf-8", help="of its text")
        parser.add_argument("--intent", choices=INTENTS, default=DISCOVER)
        parser.add_argument("--k", type=whole, default=10, help="length of the lists")
        parser.add_argument("--json", action="store_true", help="JSON in place of tables")

    def handle(self, **options: Any) -> None:
        bar = ProgressBar(sys.stderr)
        try:
            # SIGTERM too is an exception here, so that what was begun is cleared away
            with handled() as signals, signals.window(is_open=True):
                found = self._found(options, bar)
        except ClvrecError as error:
            bar.close("failed")
            raise CommandError(str(error)) from error
        except OSError as error:
            bar.close("failed")
            raise CommandError(
                f"A temporary file cannot be written: {error}. Look at WORK_DIR, or make room."
            ) from error
        bar.close()
        as_json = options["json"]
        self.stdout.write(json.dumps(found) if as_json else trial_text(found, options["path"]))

    def _found(self, options: dict[str, Any], bar: ProgressBar) -> dict[str, Any]:
        require_training()
        # else web servers would have an ImportError in place of what to do
        from django_clvrec.trial import attempt

        columns = self._columns(options)
        kept = {"intent": options["intent"], "k": options["k"]}
        return attempt(options["path"], columns, **kept, on_progress=bar)

    def _columns(self, options: dict[str, Any]) -> "Columns":
        from django_clvrec.trial import Columns

        same = (
            "customer", "time", "order", "revenue", "price", "quantity", "time_format",
            "delimiter", "decimal", "encoding",
        )  # fmt: skip
        items = dict(options["item"])
        if len(items) < len(options["item"]):
            raise CommandError(
                "Two columns of items have one level. Name the levels, such as "
                "--item category=Category."
            )
        return Columns(items=items, **{name: options[name] for name in same})


def _item(text: str) -> tuple[str, str]:
    level, equals, column = text.rpartition("=")
    if (equals and not level.isidentifier()) or not column:
        raise ArgumentTypeError(f"{text!r} names no level and column, such as category=Category")
    return level or LEVEL, column


def _delimiter(text: str) -> str:
    found = "\t" if text == "\\t" else text
    if len(found) != 1 or not found.isascii():
        raise ArgumentTypeError(f"{text!r} is not one character")
    return found


def _encoding(text: str) -> str:
    try:
        codecs.lookup(text)
    except LookupError as error:
        raise ArgumentTypeError(f"{text!r} is no encoding") from error
    return text
