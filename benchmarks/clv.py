"""Lifetime values: seconds and memory for a million customers, lifetimes beside it at fewer.

`python -m benchmarks.clv --json PATH`

Customers are made up as the models assume, with days for times, as a shop's orders give them. Each
measurement runs in a process of its own. `lifetimes` fits the same two models by its own means and
forecasts orders and value one horizon ahead; it has no intervals.

With `--quality` forecasts are compared with what was bought later, on CDNOW and Online Retail.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

CUSTOMERS, BESIDE = 1_000_000, 100_000
BATCH = 50_000
DAYS, LONGEST = 365, 730
BUYING, SPENDING = (0.6, 60.0, 0.8, 3.0), (6.0, 4.0, 120.0)


def main(arguments: list[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.clv", description=__doc__)
    words.add_argument("--customers", type=int, default=CUSTOMERS)
    words.add_argument("--beside", type=int, default=BESIDE, help="customers for lifetimes")
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--quality", action="store_true", help="forecasts on public data instead")
    words.add_argument("--only", nargs=2, metavar=("WHO", "CUSTOMERS"), help=argparse.SUPPRESS)
    options = words.parse_args(arguments)
    if options.only:
        who, customers = options.only
        found = {"ours": ours, "lifetimes": lifetimes}[who](int(customers))
    elif options.quality:
        from benchmarks.clv_quality import quality

        found = quality()
    else:
        found = compared(options.customers, options.beside)
    text = json.dumps(found, indent=None if options.only else 2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def compared(customers: int, beside: int) -> dict[str, Any]:
    """Each measured in a process of its own; ratios of lifetimes to ours."""
    many, few, peer = measured("ours", customers), measured("ours", beside), measured(
        "lifetimes", beside
    )  # fmt: skip
    return {
        "ratios": {
            "fit": round(peer["fit_s"] / few["fit_s"], 1),
            "fit_and_score": round(
                (peer["fit_s"] + peer["score_s"]) / (few["fit_s"] + few["score_s"]), 1
            ),
        },
        "ours": many,
        "ours_beside": few,
        "lifetimes": peer,
    }


def measured(who: str, customers: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.clv", "--only", who, str(customers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


def ours(customers: int) -> dict[str, Any]:
    from django_clvrec.core.clv import Statistics, fit_gamma_gamma
    from django_clvrec.core.clv.bg_nbd import fit
    from django_clvrec.core.clv.forecast import Forecaster, Known

    known = made_up(customers)
    start = time.perf_counter()
    buying = fit(Statistics.of(known["x"], known["t_x"], known["T"]))
    spending = fit_gamma_gamma(known["orders"], known["mean_order_value"])
    fitted = time.perf_counter()
    forecaster = Forecaster(
        buying=buying, spending=spending, days=DAYS, longest=LONGEST, discount_rate=0.1
    )
    for begin in range(0, customers, BATCH):
        part = slice(begin, begin + BATCH)
        forecaster.expected(Known(**{name: column[part] for name, column in known.items()}))
    scored = time.perf_counter()
    everybody = Known(**known)
    totals = {
        "orders": vars(forecaster.total_orders(everybody)),
        "revenue": vars(forecaster.total_revenue(everybody)),
    }
    return {
        "customers": customers,
        "fit_s": round(fitted - start, 2),
        "score_s": round(scored - fitted, 2),
        "totals_s": round(time.perf_counter() - scored, 2),
        "peak_memory_mb": peak(),
        "parameters": [*buying.parameters.tolist(), *spending.parameters.tolist()],
        "totals": totals,
    }


def lifetimes(customers: int) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter, GammaGammaFitter

        known = made_up(customers)
        start = time.perf_counter()
        buying = BetaGeoFitter().fit(known["x"], known["t_x"], known["T"])
        spending = GammaGammaFitter().fit(known["orders"], known["mean_order_value"])
        fitted = time.perf_counter()
        buying.conditional_expected_number_of_purchases_up_to_time(
            DAYS, known["x"], known["t_x"], known["T"]
        )
        buying.conditional_probability_alive(known["x"], known["t_x"], known["T"])
        spending.conditional_expected_average_profit(known["orders"], known["mean_order_value"])
    return {
        "customers": customers,
        "fit_s": round(fitted - start, 2),
        "score_s": round(time.perf_counter() - fitted, 2),
        "peak_memory_mb": peak(),
        "parameters": [*buying.params_.tolist(), *spending.params_.tolist()],
    }


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def made_up(customers: int) -> dict[str, Any]:
    """What is known of customers who buy as the models assume."""
    rng = np.random.default_rng(1)
    (r, alpha, a, b), (p, q, v) = BUYING, SPENDING
    rate, stops = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    T = rng.integers(1, LONGEST + 1, customers).astype(float)  # noqa: N806 - the field's name
    x, t_x, at = (np.zeros(customers) for _ in range(3))
    rows = np.arange(customers)
    while len(rows):
        at[rows] += rng.exponential(1 / rate[rows])
        rows = rows[at[rows] <= T[rows]]
        x[rows] += 1
        t_x[rows] = at[rows]
        rows = rows[rng.random(len(rows)) >= stops[rows]]
    mean = rng.gamma(p * (x + 1)) / rng.gamma(q, 1 / v, customers) / (x + 1)
    days = np.minimum(np.ceil(t_x), T)
    return {"x": x, "t_x": days, "T": T, "orders": x + 1, "mean_order_value": mean}


if __name__ == "__main__":
    main()
