"""A report as a refresh leaves it, with everything that pages draw."""

from tests.shelf import REPORT

CELLS = [
    # recency, frequency, monetary, overall, tier, segment, then sums
    [3, 3, 3, 9, "high", "champions", 100, 50_000.0, 500, 2000, 100, 900.0, 100, 42_000.0],
    [1, 3, 2, 6, "high", "at_risk", 40, 12_000.0, 4000, 500, 40, 20.0, 40, 900.0],
    [2, 1, 1, 4, "mid", "promising", 260, 8_000.0, 7800, 900, 260, 260.0, 200, 5_000.0],
    [0, 0, 0, 0, "low", "lost", 400, 5_000.0, 90_000, 800, 400, 10.0, 400, 100.0],
    [3, 0, 0, 3, "new", "new", 400, 2_500.0, 4000, 400, 0, None, 0, None],
]
LIFETIME = {
    "days": 365, "reason": "",
    "orders": {"expected": 1190.0, "low": 1100.0, "high": 1280.0},
    "revenue": {"expected": 48_000.0, "low": 45_000.0, "high": 51_000.0},
    "calibration": {
        "reason": "", "days": 120, "customers": 900,
        "deciles": [
            {"group": str(tenth), "customers": 90, "forecast": 10.0 * tenth, "bought": 9.0 * tenth,
             "same_again": 8.0 * tenth}
            for tenth in range(1, 11)
        ],
        "orders": {"forecast": 550, "low": 500, "high": 600, "bought": 495, "same_again": 440,
                   "missed_by": 5},
        "rmse": {"forecast": 1.1, "same_again": 1.4},
        "rank_correlation": {"forecast": 0.63, "same_again": 0.5},
    },
}  # fmt: skip
FULL = REPORT | {
    "scale": {"tiers": {"low": 0, "mid": 4, "high": 6}, "min_orders": 2},
    "clusters": {
        "recency": {"k": 4, "centres": [3, 30, 90, 200], "cuts": [16.0, 60.0, 150.0],
                    "curve": [9000.0, 2000.0, 700.0, 200.0, 180.0]},
        "frequency": {"k": 4, "centres": [1, 4, 9, 20], "cuts": [2.0, 6.0, 14.0],
                      "curve": [900.0, 200.0, 70.0, 20.0, 18.0]},
        "monetary_value": {"k": 4, "centres": [5, 50, 200, 900], "cuts": [20.0, 100.0, 500.0],
                           "curve": [900.0, 200.0, 70.0, 20.0, 18.0]},
    },
    "tiers": {"new": 400, "low": 400, "mid": 260, "high": 140},
    "segments": {"champions": 100, "at_risk": 40, "promising": 260, "lost": 400, "new": 400},
    "cells": CELLS,
    "spread": {
        "recency_days": list(range(101)), "frequency": [1 + n // 10 for n in range(101)],
        "monetary_value": [float(n * n) for n in range(101)], "clv": [float(n) for n in range(101)],
    },
    "cohorts": [
        {"cohort": "2026-04", "customers": 200, "retention": [1, 0.345, 0.29],
         "orders": [250, 80, 60], "revenue": [5000, 1500.5, 999.4]},
        {"cohort": "2026-05", "customers": 100, "retention": [1, 0.2], "orders": [120, 25],
         "revenue": [2000, 300]},
    ],
    "lifetime": LIFETIME,
    "items_listed": {"product": 80},
}  # fmt: skip
