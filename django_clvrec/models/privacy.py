"""Who was erased, and who stays out of what is learnt."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH
from django_clvrec.models.exact import ExactCharField

DIGEST_LENGTH = 32


class Erasure(models.Model):
    """A customer was erased. It tells whose it is to nobody who has not the key already."""

    source = ExactCharField(_("source"), max_length=KEY_LENGTH)
    digest = ExactCharField(max_length=DIGEST_LENGTH)
    """Of the customer's key, made with SECRET_KEY: the key itself would be what was erased."""
    erased_at = models.DateTimeField(_("erased at"), db_index=True)
    stays_out = models.BooleanField(_("stays out"), default=False)
    """Whether the customer objects: their orders are not learnt from, they see what is popular."""
    revision = models.PositiveBigIntegerField()
    """Of the source when it was made: a snapshot of a lower one may hold the customer."""

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = (
            models.UniqueConstraint(fields=("source", "digest"), name="clvrec_erasure_once"),
        )
        indexes = (models.Index(fields=("source", "revision"), name="clvrec_erasure_revision"),)

    def __str__(self) -> str:
        return f"{self.source} {self.revision}"
