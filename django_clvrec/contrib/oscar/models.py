"""Which of Oscar's recommended products were filled in here, and not by a person."""

from typing import ClassVar

from django.db import models


class FilledRecommendation(models.Model):
    """One row of Oscar's ProductRecommendation as it was filled in.

    Keys instead of foreign keys: migrations depend on no app of the shop's. Where Oscar's row has
    another ranking by now, or is gone, a person has decided, and that stands.
    """

    primary_key = models.CharField(max_length=64)
    recommendation_key = models.CharField(max_length=64)
    ranking = models.PositiveSmallIntegerField()

    objects: "ClassVar[models.Manager[FilledRecommendation]]" = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("primary_key", "recommendation_key"), name="clvrec_oscar_filled_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.primary_key} → {self.recommendation_key}"
