"""`manage.py clvrec_erase`: removes all that is kept of customers."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.exceptions import ClvrecError
from django_clvrec.privacy import erase_many, let_in
from django_clvrec.sources import get_source

STDIN = "-"


class Command(BaseCommand):
    """Erase customers, or let them in again. Keys are not printed: logs are kept for long."""

    help = (
        "Remove all that is kept of customers: scores, lists, history, feedback, their rows in "
        "what was learnt, caches. Erase them in the shop first, or use --stays-out; the next "
        "refresh reads the shop's orders again. Exit code: 0 also where nothing was kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("keys", nargs="*", metavar="KEY", help="keys of customers")
        parser.add_argument(
            "--keys-from", metavar="FILE", help="a file with a key on each line, or - for stdin"
        )
        parser.add_argument("--source", help="name of the purchase source; default: the first one")
        way = parser.add_mutually_exclusive_group()
        way.add_argument(
            "--stays-out",
            action="store_true",
            help="the customers object: orders may stay in the shop, but are not learnt from",
        )
        way.add_argument(
            "--let-in",
            "--forget-mark",
            action="store_true",
            help="undo --stays-out, and erase nothing",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object only")

    def handle(self, **options: Any) -> None:
        if not options["keys"] and not options["keys_from"]:
            raise CommandError("Whom? Give keys of customers, or --keys-from FILE.")
        try:
            source = get_source(options["source"]).name
            keys = _keys(options["keys"], options["keys_from"])
            if options["let_in"]:
                self._tell({"source": source, "let_in": let_in(keys, source)}, options)
                return
            found = erase_many(keys, source, stays_out=options["stays_out"])
        except ClvrecError as error:
            raise CommandError(str(error)) from error
        except (OSError, UnicodeError) as error:
            # its text may hold what stands in the file
            raise CommandError(
                f"The file of keys cannot be read ({type(error).__name__}). It must be text in "
                "UTF-8 with a key on each line. Who was erased by then stays erased."
            ) from error
        rows = {name: count for name, count in sorted(found.rows.items()) if count}
        self._tell({"source": source, "customers": found.customers, "rows": rows}, options)

    def _tell(self, told: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(told))
        elif "let_in" in told:
            self.stdout.write(f"Customers who stay out no longer: {told['let_in']:,}.")
        else:
            rows = sum(told["rows"].values())
            self.stdout.write(f"Customers: {told['customers']:,}. Rows removed: {rows:,}.")


def _keys(given: Iterable[str], path: str | None) -> Iterator[str]:
    """One after another: a file may be long."""
    yield from given
    if path == STDIN:
        yield from _lines(sys.stdin)
    elif path:
        with Path(path).open(encoding="utf-8") as file:
            yield from _lines(file)


def _lines(file: Iterable[str]) -> Iterator[str]:
    return (key for line in file if (key := line.rstrip("\r\n")))
