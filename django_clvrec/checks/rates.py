"""Judges the rates that REST_FRAMEWORK sets for this app's endpoints."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004

from django_clvrec.conf import RATES

_OURS = "clvrec_"
_LIKE = 0.8


@register(Tags.security)
def check_rates(**_: Any) -> list[CheckMessage]:
    """A rate that cannot be read, or is of no endpoint, would let everybody pass."""
    rest = getattr(settings, "REST_FRAMEWORK", None)
    rates = rest.get("DEFAULT_THROTTLE_RATES") if isinstance(rest, Mapping) else None
    return [*_judged(rates)] if isinstance(rates, Mapping) else []


def _judged(rates: Mapping[Any, Any]) -> Iterator[CheckMessage]:
    for scope, rate in rates.items():
        if not str(scope).startswith(_OURS):
            continue
        if scope in RATES:
            if not _is_rate(rate):
                yield Error(
                    f"The rate {rate!r} of {scope!r} in DEFAULT_THROTTLE_RATES cannot be read: "
                    "nobody would be held back.",
                    hint='Write a number and a period, such as "120/min", or None.',
                    id="clvrec.E012",
                )
        elif like := get_close_matches(str(scope), RATES, 1, cutoff=_LIKE):
            yield Warning(
                f"DEFAULT_THROTTLE_RATES has {scope!r}, the scope of no endpoint of django-clvrec.",
                hint=f"Did you mean {like[0]!r}?",
                id="clvrec.W010",
            )


def _is_rate(rate: Any) -> bool:
    """Whether Django REST framework can read it."""
    from rest_framework.throttling import SimpleRateThrottle

    try:
        SimpleRateThrottle.parse_rate(None, rate)  # type: ignore[arg-type]  # it asks nothing of it
    except Exception:  # noqa: BLE001 - whatever it raises of what is none
        return False
    return True
