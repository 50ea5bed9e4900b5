"""`manage.py clvrec_held`: all that is held about one customer, as JSON."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_clvrec.exceptions import ClvrecError
from django_clvrec.privacy import held_json


class Command(BaseCommand):
    """Print one JSON object, part by part, in flat memory."""

    help = "Print all that is held about one customer as one JSON object, for who asks for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="the customer's key")
        parser.add_argument("--source", help="name of the purchase source; default: the first one")

    def handle(self, **options: Any) -> None:
        try:
            for piece in held_json(options["key"], options["source"]):
                self.stdout.write(piece, ending="")
        except ClvrecError as error:
            raise CommandError(str(error)) from error
