"""The app of the practice shop."""

from django.apps import AppConfig


class PracticeConfig(AppConfig):
    """Never for a real shop: its accounts have a password that anyone can read."""

    name = "django_clvrec.contrib.practice"
    label = "practice_shop"
    verbose_name = "Practice shop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_clvrec.contrib.practice import checks  # noqa: F401 - registers
