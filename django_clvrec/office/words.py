"""What people call what reports name: dimensions, answers, columns."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_clvrec.models import Intent, Tier

DIMENSIONS = {
    "recency": _("Recency"),
    "frequency": _("Frequency"),
    "monetary_value": _("Monetary value"),
}
UNITS = {
    "recency": _("days since the last order"),
    "frequency": _("orders"),
    "monetary_value": _("revenue"),
}
SOURCES = {
    "stored": _("A list of their own"),
    "fold_in": _("A list of their own, with what was bought since"),
    "interests": _("Chosen interests"),
    "history": _("What they bought before"),
    "related": _("Goes with an item"),
    "popular_in_tier": _("Popular in the tier"),
    "popular": _("Popular"),
    "catalogue": _("The catalogue"),
    "none": _("Nothing"),
}


def local(moment: datetime) -> datetime:
    """Where the reader is; as it stands in shops without time zones."""
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def tier_label(tier: str) -> str:
    """Of a tier, or of all customers together."""
    if tier in Tier.values:
        return str(Tier(tier).label)
    return {"all": gettext("All tiers"), "": gettext("Unknown before")}.get(tier, capfirst(tier))


def list_label(level: str, intent: str) -> str:
    """Such as “Product: buy again”; levels are called as the shop calls them."""
    return gettext("%(level)s: %(intent)s") % {
        "level": capfirst(level), "intent": str(Intent(intent).label).lower(),
    }  # fmt: skip


def source_label(source: Any) -> str:
    return str(SOURCES.get(str(source), source))
