"""Groups of customers that admins keep: conditions, not members."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH
from django_clvrec.models.exact import ExactCharField


class CustomerGroup(models.Model):
    """Conditions under a name. Who meets them changes with every snapshot."""

    name = ExactCharField(_("name"), max_length=200)
    source = ExactCharField(_("source"), max_length=KEY_LENGTH)
    conditions = models.JSONField(_("conditions"), default=dict)
    """Parameters of the page of customers, such as `{"tier": ["high"], "recency_from": 90}`."""
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("saved group")
        verbose_name_plural = _("saved groups")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("source", "name"), name="clvrec_group_once"),
        )

    def __str__(self) -> str:
        return self.name
