"""The Django app; it stands before Oscar's apps, so that its templates extend theirs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClvrecOscarConfig(AppConfig):
    """Connects what Oscar and django-clvrec tell each other."""

    name = "django_clvrec.contrib.oscar"
    label = "clvrec_oscar"
    verbose_name = _("Recommendations for Oscar")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_clvrec.contrib.oscar import checks, receivers  # noqa: F401

        receivers.connect()
