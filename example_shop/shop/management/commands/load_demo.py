"""`manage.py load_demo`: a year of a real grocer's orders, and a login for every household."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from example_shop.shop.demo_data import read_demo_data
from example_shop.shop.demo_load import UsersExist, is_loaded, load


class Command(BaseCommand):
    """Fills an empty shop; where the data are there already, leaves them alone."""

    help = "Load the demo data: customers, products and a year of orders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample",
            type=int,
            default=int(os.environ.get("DEMO_SAMPLE") or 0),
            metavar="N",
            help="only N households; default: DEMO_SAMPLE, or all",
        )

    def handle(self, *_: Any, sample: int, **__: Any) -> None:
        if is_loaded():
            self.stdout.write("The demo data are there.")
            return
        self.stdout.write("Reading the demo data")
        data = read_demo_data(now=timezone.now(), sample=sample or None)
        try:
            load(data, self.tell)
        except UsersExist as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Sign in as household-1 or any other with password demo, or admin/admin.")

    def tell(self, table: str, rows: int) -> None:
        self.stdout.write(f"  {rows:>9,} {table}")
        self.stdout.flush()
