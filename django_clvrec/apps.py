"""The Django app."""

from django.apps import AppConfig, apps
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ClvrecConfig(AppConfig):
    """Finds every installed app's `clvrec.py`, registers checks, and connects what listens."""

    name = "django_clvrec"
    label = "clvrec"
    verbose_name = _("Customers and recommendations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_clvrec import checks, logs, metrics, webhook  # noqa: F401
        from django_clvrec.exploration import learn
        from django_clvrec.feedback import feedback_recorded

        feedback_recorded.connect(learn, dispatch_uid="clvrec.exploration")
        webhook.connect()
        if apps.is_installed("drf_spectacular"):
            from django_clvrec.api import schema  # noqa: F401 - registers what it describes
        metrics.connect()
        autodiscover_modules("clvrec")
