"""Fills Oscar's recommended products from the live snapshot, as each publication does."""

from typing import Any

from django.core.management.base import BaseCommand

from django_clvrec.contrib.oscar import recommended


class Command(BaseCommand):
    """What a person entered stays as it is, and what they took out stays out."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        done = recommended.fill()
        self.stdout.write(
            f"Recommended products: {done.added} added, {done.changed} moved, "
            f"{done.removed} taken out."
        )
