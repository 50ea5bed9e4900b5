"""The Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ClvrecConfig(AppConfig):
    """Finds the `clvrec.py` of every installed app, and registers the checks."""

    name = "django_clvrec"
    label = "clvrec"
    verbose_name = _("Customers and recommendations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_clvrec import checks  # noqa: F401

        autodiscover_modules("clvrec")
