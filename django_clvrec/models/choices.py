"""Words that several tables share."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.core.ranking import AGAIN, DISCOVER, MIXED
from django_clvrec.core.tiers import NEW

KEY_LENGTH = 255
LEVEL_LENGTH = 100
SEGMENT_LENGTH = 50
LABEL_LENGTH = 64
"""The most bytes of an experiment's key and variant together: so long they are in every token."""


class Tier(models.TextChoices):
    """The four tiers a customer can be in."""

    NEW = NEW, _("New")
    LOW = "low", _("Low value")
    MID = "mid", _("Mid value")
    HIGH = "high", _("High value")


class Intent(models.TextChoices):
    """What a list is for."""

    DISCOVER = DISCOVER, _("Discover")
    AGAIN = AGAIN, _("Buy again")
    MIXED = MIXED, _("Mixed")
