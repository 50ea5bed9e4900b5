"""`manage.py clvrec_prune_feedback`: for shops without Celery."""

from typing import Any

from django.core.management.base import BaseCommand

from django_clvrec.feedback import prune_feedback


class Command(BaseCommand):
    """Remove feedback that is older than FEEDBACK_DAYS."""

    help = "Remove what was shown, clicked and bought more than FEEDBACK_DAYS ago."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Removed {prune_feedback()} lists and what became of them.")
