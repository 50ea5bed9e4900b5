"""The setting CLVREC_OSCAR: defaults, a lazy reader, and what Oscar's own settings say."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SETTING = "CLVREC_OSCAR"
DEFAULTS: dict[str, Any] = {
    "source": "django_clvrec.contrib.oscar.sources.OscarPurchases",
    "uncounted": None,
    "rates": {},
    "recommended_products": 6,
}
"""
`source` – dotted path of the purchase source that is registered; None: the shop registers its own.
`uncounted` – statuses of orders and lines that are no purchases; None: those of Oscar's pipelines
    that are called cancelled, declined, returned and the like.
`rates` – what one unit of another currency is worth in OSCAR_DEFAULT_CURRENCY, such as
    `{"EUR": "0.85"}`. Orders in a currency without a rate do not count.
`recommended_products` – so many of Oscar's recommended products are filled for each product; 0:
    none, and those that were filled are taken out.
"""
PIPELINES = ("OSCAR_ORDER_STATUS_PIPELINE", "OSCAR_LINE_STATUS_PIPELINE")
CANCELLED = frozenset(
    {"cancelled", "canceled", "declined", "failed", "refunded", "rejected", "returned", "void"}
)
"""What a status is called, in any case, of an order that came to nothing."""
NO_RATES = (
    f"{SETTING}['rates'] is not a dict of currencies and positive numbers. "
    "Write what one unit is worth in OSCAR_DEFAULT_CURRENCY, such as {'EUR': '0.85'}."
)


def option(name: str) -> Any:
    """The value of one key of CLVREC_OSCAR."""
    given = getattr(settings, SETTING, {})
    return given.get(name, DEFAULTS[name]) if isinstance(given, Mapping) else DEFAULTS[name]


def statuses() -> list[str]:
    """All statuses that Oscar's pipelines know, those of orders first."""
    found = (status for name in PIPELINES for status in getattr(settings, name, {}))
    return list(dict.fromkeys(map(str, found)))


def uncounted() -> list[str]:
    """Statuses of what is no purchase."""
    given = option("uncounted")
    if given is not None:
        return list(given)
    return [status for status in statuses() if status.casefold() in CANCELLED]


def currency() -> str:
    """What revenue is counted in."""
    return str(getattr(settings, "OSCAR_DEFAULT_CURRENCY", "GBP"))


def rates() -> dict[str, Decimal]:
    """What one unit of each currency that counts is worth, the shop's own included.

    Raises ImproperlyConfigured: the source needs them when it is made, before any check.
    """
    try:
        others = {str(name): Decimal(str(rate)) for name, rate in option("rates").items()}
    except (AttributeError, InvalidOperation) as error:
        raise ImproperlyConfigured(NO_RATES) from error
    if not all(rate.is_finite() and rate > 0 for rate in others.values()):
        raise ImproperlyConfigured(NO_RATES)
    return {**others, currency(): Decimal(1)}
