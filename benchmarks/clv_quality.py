"""Forecasts against what was bought later, on three public logs, as each refresh compares them.

BG/NBD stands beside MBG/NBD (Batislam, Denizel and Filiztekin 2007), as `lifetimes` fits it, in
which customers may stop after their first order too.
"""

import tempfile
import warnings
from dataclasses import replace
from datetime import UTC, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from benchmarks.quality import Case, grocer, parameters, retailer, write
from django_clvrec.core.clv.calibration import rank_correlation
from django_clvrec.core.purchases import CUSTOMER, ORDER, REVENUE, TIME
from django_clvrec.engines.base import SCORES
from django_clvrec.engines.lifetime import learn
from django_clvrec.engines.local import LocalEngine
from django_clvrec.engines.rfm import PAST_COLUMNS
from django_clvrec.engines.stages import find_scale

DAYS = 180
"""How far forecasts look; what is held back is at most a third of history."""


def cdnow() -> pd.DataFrame:
    """A year and a half of 23,570 customers of a music shop, who all began in its first quarter."""
    found: Any = find_spec("lifetimes")  # not imported: it warns with a new pandas
    folder = Path(found.submodule_search_locations[0]) / "datasets"
    lines = pd.read_csv(
        folder / "CDNOW_master.txt", sep=r"\s+", header=None, skiprows=1, usecols=[0, 1, 3]
    )
    lines.columns = ["customer", "day", "value"]
    times = pd.to_datetime(lines["day"].astype(str), format="%Y%m%d").astype("datetime64[us]")
    return pd.DataFrame(
        {
            CUSTOMER: lines["customer"].astype(str),
            ORDER: lines["customer"].astype(str) + "-" + lines["day"].astype(str),
            TIME: times.dt.tz_localize("UTC"),
            REVENUE: lines["value"],
            "item_product": "music",
        }
    )


LOGS = (
    Case("CDNOW", "product", cdnow),
    Case("Online Retail", "product", retailer),
    Case("grocer", "product", grocer),
)


def quality() -> dict[str, Any]:
    """By log: calibration, and how MBG/NBD would have done on the same days."""
    return {case.name: _tried(case) for case in LOGS}


def _tried(case: Case) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "log").mkdir()
        (folder / "out").mkdir()
        write(case, folder / "log" / "log.parquet")
        last = ds.dataset(folder / "log").to_table(columns=[TIME])[TIME].to_pandas().max()
        end = last.to_pydatetime().astimezone(UTC) + timedelta(hours=1)
        wanted = replace(parameters(case), as_of=end, horizon_days=DAYS)
        with LocalEngine().open(folder / "log", folder / "out", wanted) as run:
            scale = find_scale(run, wanted, lambda *_: None)
            run.score(scale)
        scores = folder / "out" / SCORES
        report = learn(scores, scale, days=DAYS, discount_rate=0, on_step=lambda *_: None).report
        columns = ["age_days", "order_days", *PAST_COLUMNS]
        table = ds.dataset(scores).to_table(columns=columns).to_pandas()
    found = dict(report["calibration"])
    found["mbg_nbd"] = _modified(table, found["days"])
    found["dependence"] = report["dependence"]["correlation"]
    return found


def _modified(table: pd.DataFrame, days: int) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import ModifiedBetaGeoFitter

        known = table[table["past_order_days"] > 0]
        past = (known["past_order_days"] - 1, known["past_days"], known["age_days"] - days)
        model = ModifiedBetaGeoFitter().fit(*past)
        forecast = model.conditional_expected_number_of_purchases_up_to_time(days, *past)
    bought = (known["order_days"] - known["past_order_days"]).to_numpy(float)
    return {
        "forecast": float(forecast.sum()),
        "rmse": float(np.sqrt(np.mean((forecast - bought) ** 2))),
        "rank_correlation": rank_correlation(forecast, bought),
    }
