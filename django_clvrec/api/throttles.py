"""Rates that hold where the shop sets them."""

from typing import Any

from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle


class ShopsRate(ScopedRateThrottle):
    """The rate of the view's scope in DEFAULT_THROTTLE_RATES, where the shop sets one."""

    def get_rate(self) -> str | None:
        rates: Any = api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates.get(self.scope)
        return rate
