"""From the scores of a run to lifetime values and segments: read as Parquet, whoever wrote them."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from django_clvrec.core.clv.bg_nbd import fit
from django_clvrec.core.clv.calibration import Held, calibration, held_days
from django_clvrec.core.clv.estimate import Estimate
from django_clvrec.core.clv.forecast import LEVEL, Forecaster, Known, Total
from django_clvrec.core.clv.gamma_gamma import GammaGamma, dependence, fit_gamma_gamma
from django_clvrec.core.clv.statistics import Statistics
from django_clvrec.core.purchases import as_floats
from django_clvrec.core.segments import SegmentRule, segments
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.rfm import PAST_COLUMNS
from django_clvrec.exceptions import NoForecast
from django_clvrec.logs import say

MOST_CUSTOMERS = 2_000_000
"""Of more customers a part is learnt from, so that they fit into memory."""
LEAST_SHAPE = 2.0
"""Of the distribution of a customer's values: below, their variance is endless."""
DEPENDENT = 0.3
"""From so strong a rank correlation on it is said that values depend on how often one buys."""
COLUMNS = ("recency_days", "age_days", "order_days", "monetary_value", *PAST_COLUMNS)
FORECASTS = ("expected_orders", "p_alive", "clv", "clv_low", "clv_high")
OnStep = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """What was learnt of how customers buy, and what is said of it."""

    forecaster: Forecaster | None = None
    """None where these orders tell no rhythm."""
    report: Mapping[str, Any] = field(default_factory=dict)


def learn(
    scores: Path, scale: Scale, *, days: int, discount_rate: float, on_step: OnStep
) -> Lifetime:
    """Both models from the scores that a run left, and how right they would have been.

    What cannot be told is said in the report's `reason`, `spending.reason` and
    `calibration.reason`. Nothing else of a run depends on it, so no arithmetic may end one.
    """
    try:
        found = _learnt(scores, scale, days=days, discount_rate=discount_rate, on_step=on_step)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError, RuntimeWarning) as error:
        message, kind = "Lifetime values could not be computed: %s", type(error).__name__
        say(logging.WARNING, "refresh.without_lifetime", message, kind)
        reason = f"They could not be computed from these orders: {type(error).__name__}."
        return Lifetime(report={"days": days, "reason": reason})
    return Lifetime(forecaster=found.forecaster, report=_finite_json(found.report))


def _finite_json(value: Any) -> Any:
    """The same with None for what is endless or no number: databases take no such JSON."""
    if isinstance(value, Mapping):
        return {key: _finite_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite_json(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _learnt(
    scores: Path, scale: Scale, *, days: int, discount_rate: float, on_step: OnStep
) -> Lifetime:
    on_step(0, 3)
    table, share = _read(scores)
    said: dict[str, Any] = {"days": days, "discount_rate": discount_rate, "share": share}
    if not len(table["age_days"]):
        return Lifetime(report=said | {"reason": "There is no customer."})
    known = _known(table["order_days"], table["age_days"] - table["recency_days"], table)
    try:
        forecaster, told = _fitted(known, days, discount_rate)
    except NoForecast as error:
        return Lifetime(report=said | {"reason": str(error)})
    said |= told | {"reason": "", "orders": _total(forecaster.total_orders(known), share)}
    on_step(1, 3)
    if forecaster.spending is not None:
        said["revenue"] = _total(forecaster.total_revenue(known), share)
    on_step(2, 3)
    held = held_days(int(table["age_days"].max()), days)
    said["calibration"] = _calibrated(table, scale, held)
    return Lifetime(forecaster=forecaster, report=said)


def told(
    batch: pa.RecordBatch, found: Lifetime, rules: tuple[SegmentRule, ...], scale: Scale
) -> pa.RecordBatch:
    """A batch of scores with the segment and the forecasts of each customer."""
    named = (
        "recency_score", "frequency_score", "monetary_score", "frequency"
    )  # fmt: skip
    scored = {name: batch[name].to_numpy() for name in named}
    batch = batch.append_column("segment", pa.array(segments(rules, scale, **scored), pa.string()))
    columns: dict[str, Any] = dict.fromkeys(FORECASTS)
    if found.forecaster is not None:
        table = {name: as_floats(batch[name]) for name in COLUMNS if name in batch.schema.names}
        days = table["age_days"] - table["recency_days"]
        expected = found.forecaster.expected(_known(table["order_days"], days, table))
        columns = asdict(expected)
        columns["expected_orders"] = columns.pop("orders")
    for name in FORECASTS:
        values = columns[name]
        column = pa.nulls(len(batch), pa.float64()) if values is None else _finite(values)
        batch = batch.append_column(name, column)
    return batch


def _finite(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _read(scores: Path) -> tuple[dict[str, NDArray[Any]], float]:
    """Columns by name, of at most MOST_CUSTOMERS, and which share of all customers that is."""
    data = ds.dataset(scores, format="parquet")
    total = data.count_rows()
    step = -(-total // MOST_CUSTOMERS) or 1
    found: dict[str, list[NDArray[Any]]] = {name: [] for name in COLUMNS}
    start = 0
    for batch in data.to_batches(columns=list(COLUMNS)):
        rows = np.arange(-start % step, len(batch), step)
        start += len(batch)
        for name in COLUMNS:
            column = batch[name]
            found[name].append(as_floats(pc.take(column, pa.array(rows))).astype(float))
    table = {name: np.concatenate(parts or [np.empty(0)]) for name, parts in found.items()}
    return table, len(table["age_days"]) / max(total, 1)


def _known(
    order_days: NDArray[Any],
    days: NDArray[Any],
    table: Mapping[str, NDArray[Any]],
) -> Known:
    return Known(
        x=order_days - 1,
        t_x=days,
        T=table["age_days"],
        orders=order_days,
        mean_order_value=table["monetary_value"] / order_days,
    )


def _fitted(known: Known, days: float, discount_rate: float) -> tuple[Forecaster, dict[str, Any]]:
    """Raises NoForecast where nothing is told of orders; of their value it is said why not."""
    buying = fit(Statistics.of(known.x, known.t_x, known.T))
    said: dict[str, Any] = {"buying": _described(buying)}
    spending: GammaGamma | None = None
    try:
        spending = _spending(known)
        said["spending"] = _described(spending) | {"reason": ""}
    except NoForecast as error:
        said["spending"] = {"reason": str(error)}
    related = dependence(known.orders, known.mean_order_value)
    said["dependence"] = {"correlation": related, "is_strong": abs(related) > DEPENDENT}
    forecaster = Forecaster(
        buying=buying,
        spending=spending,
        days=days,
        longest=float(known.T.max()),
        least_gap=1.0,  # two orders of one day are one
        discount_rate=discount_rate,
    )
    return forecaster, said


def _spending(known: Known) -> GammaGamma:
    """Raises NoForecast also where what is expected would be endless."""
    found = fit_gamma_gamma(known.orders, known.mean_order_value)
    if found.q + found.p * float(known.orders.min()) <= LEAST_SHAPE:
        raise NoForecast(
            "Order values differ so much that their mean is not told: a few very large orders "
            "would decide it."
        )
    return found


def _described(model: Estimate) -> dict[str, Any]:
    return {
        **dict(zip(model.names, model.parameters.tolist(), strict=True)),
        "intervals": {name: model.interval(name, LEVEL) for name in model.names},
        "log_likelihood": model.log_likelihood,
        "customers": model.customers,
        "untold": model.untold,
    }


def _total(total: Total, share: float) -> dict[str, float]:
    """Of all customers, where a part was learnt from."""
    return {name: value / share for name, value in asdict(total).items()}


def _calibrated(table: Mapping[str, NDArray[Any]], scale: Scale, held: int) -> dict[str, Any]:
    if not held:
        return {"reason": "History is too short to hold back days to compare with."}
    rows = table["past_order_days"] > 0
    past = {name: column[rows] for name, column in table.items()}
    age = past["age_days"] - held
    before = {"age_days": age, "monetary_value": past["past_value"]}
    known = _known(past["past_order_days"], past["past_days"], before)
    tiers = scale.score(age - past["past_days"], past["past_order_days"], past["past_value"]).tier
    try:
        forecaster, _ = _fitted(known, held, 0.0)
    except NoForecast as error:
        return {"reason": f"Without the last {held} days: {error}"}
    found = Held(
        orders=past["order_days"] - past["past_order_days"],
        revenue=past["monetary_value"] - past["past_value"],
        same_orders=past["same_order_days"],
        same_revenue=past["same_value"],
        tier=tiers,
    )
    return {"reason": "", **calibration(forecaster, known, found)}
