"""Were the forecasts right? Fitted on the first part of history, compared with the rest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from django_clvrec.core.clv.forecast import Forecaster, Known, Total
from django_clvrec.core.clv.statistics import Floats

MIN_DAYS = 28
"""Fewer days held back tell little."""
GROUPS = 10
TOP = 0.2


def held_days(span: int, horizon: int) -> int:
    """Days at the end of `span` days of history to compare with; 0 where history is too short.

    As many as forecasts look ahead, but at least MIN_DAYS and no more than a third of history.
    """
    days = min(max(horizon, MIN_DAYS), span // 3)
    return days if days >= MIN_DAYS else 0


@dataclass(frozen=True, kw_only=True)
class Held:
    """What customers of the first part bought in the days held back; arrays of equal length."""

    orders: Floats
    revenue: Floats
    same_orders: Floats
    """What they bought in as many days before: the forecast “same again”."""
    same_revenue: Floats
    tier: NDArray[np.object_]
    """As the first part had them."""


def calibration(forecaster: Forecaster, known: Known, held: Held) -> dict[str, Any]:
    """How forecasts and “same again” compare with what was bought, as JSON can hold it."""
    orders = forecaster.expected(known).orders
    found: dict[str, Any] = {
        "days": forecaster.days,
        "customers": len(known),
        "orders": _compared(forecaster.total_orders(known), held.orders, held.same_orders),
        "rmse": {
            "forecast": _rmse(orders, held.orders),
            "same_again": _rmse(held.same_orders, held.orders),
        },
        "rank_correlation": {
            "forecast": rank_correlation(orders, held.orders),
            "same_again": rank_correlation(held.same_orders, held.orders),
        },
        "tiers": _by_group(held.tier, orders, held),
        "deciles": _by_group(_groups(orders), orders, held),
    }
    if forecaster.spending is not None:
        value = forecaster.spending.order_value(known.orders, known.mean_order_value)
        total = forecaster.total_revenue(known)
        found["revenue"] = _compared(total, held.revenue, held.same_revenue)
        found["top_share"] = {
            "forecast": top_share(orders * value, held.revenue),
            "same_again": top_share(held.same_revenue, held.revenue),
            "best": top_share(held.revenue, held.revenue),
        }
    return found


def _compared(total: Total, bought: Floats, same: Floats) -> dict[str, Any]:
    actual = float(bought.sum())
    outside = max(total.low - actual, actual - total.high, 0.0)
    return {
        "forecast": total.expected,
        "low": total.low,
        "high": total.high,
        "bought": actual,
        "same_again": float(same.sum()),
        "missed_by": outside,
    }


def _rmse(forecast: Floats, bought: Floats) -> float:
    return float(np.sqrt(np.mean((forecast - bought) ** 2)))


def rank_correlation(forecast: Any, bought: Any) -> float:
    """Spearman's; 0 where one of them has no order."""
    ranks = [rankdata(one) for one in (forecast, bought)]
    if len(ranks[0]) < 2 or any(np.ptp(one) == 0 for one in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def top_share(forecast: Any, revenue: Any) -> float:
    """The share of revenue that came from the fifth of customers with the highest forecast.

    Where the last place of that fifth is shared, its customers share what is left; 0 where nothing
    was bought, or what is forecast is endless.
    """
    forecast, revenue = np.asarray(forecast, float), np.asarray(revenue, float)
    if not revenue.sum() or not np.isfinite(forecast).all():
        return 0.0
    most = max(1, round(TOP * len(forecast)))
    bound = np.sort(forecast)[-most]
    above, at = forecast > bound, forecast == bound
    left = most - above.sum()
    return float((revenue[above].sum() + revenue[at].mean() * left) / revenue.sum())


def _groups(forecast: Floats) -> NDArray[np.int64]:
    """Tenths from 1, the lowest forecasts first; equal forecasts in one of them."""
    ranks = rankdata(forecast, method="average")
    found: NDArray[np.int64] = np.ceil(GROUPS * ranks / len(ranks)).astype(int)
    return found


def _by_group(groups: NDArray[Any], forecast: Floats, held: Held) -> list[dict[str, Any]]:
    names, at = np.unique(groups.astype(str), return_inverse=True)
    sizes = np.bincount(at)
    rows = [
        {
            "group": name,
            "customers": int(sizes[number]),
            **{
                key: float(np.bincount(at, values)[number])
                for key, values in (
                    ("forecast", forecast),
                    ("bought", held.orders),
                    ("same_again", held.same_orders),
                )
            },
        }
        for number, name in enumerate(names.tolist())
    ]
    return sorted(rows, key=lambda row: (len(row["group"]), row["group"]))
