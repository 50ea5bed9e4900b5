"""`manage.py clvrec_prune`: for shops without Celery."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from django_clvrec.privacy import prune


class Command(BaseCommand):
    """Remove what is kept longer than settings allow."""

    help = (
        "Remove feedback that is older than FEEDBACK_DAYS, and changes of tier and segment and "
        "errors of refreshes that are older than HISTORY_DAYS."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object only")

    def handle(self, **options: Any) -> None:
        found = prune()
        told = ", ".join(f"{name} {count:,}" for name, count in found.items())
        self.stdout.write(json.dumps(found) if options["json"] else f"Removed: {told}.")
