"""Judges the rates that REST_FRAMEWORK sets for this app's endpoints."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004

from django_clvrec.conf import RATES

_RATE = re.compile(r"\d+/[smhd]\w*", re.ASCII)
_OURS = "clvrec"


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
        if scope not in RATES:
            [like] = get_close_matches(str(scope), RATES, 1, cutoff=0)
            yield Warning(
                f"DEFAULT_THROTTLE_RATES has {scope!r}, which is the scope of no endpoint.",
                hint=f"Did you mean {like!r}?",
                id="clvrec.W010",
            )
        elif rate is not None and not (isinstance(rate, str) and _RATE.fullmatch(rate)):
            yield Error(
                f"The rate {rate!r} of {scope!r} in DEFAULT_THROTTLE_RATES cannot be read: "
                "nobody would be held back.",
                hint='Write a number and a period, such as "120/min", or None.',
                id="clvrec.E004",
            )
