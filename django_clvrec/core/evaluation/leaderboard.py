"""A leaderboard: one row for each contestant, tier and intent, ready to be stored and shown."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from django_clvrec.core.evaluation.backtest import Backtest
from django_clvrec.core.evaluation.contest import Board
from django_clvrec.core.evaluation.intervals import interval
from django_clvrec.core.evaluation.metrics import PER_CUSTOMER, PER_SHOP, PerCustomer, per_shop
from django_clvrec.core.evaluation.names import ALL, NEWCOMER, SERVED
from django_clvrec.core.histories import Floats
from django_clvrec.core.ranking import MIXED

DIGITS = 4

Row = dict[str, Any]


def rows(tests: Sequence[Backtest], level: str, k: int, names: Iterable[str]) -> list[Row]:
    """The leaderboard of `level`: means over the customers of all `tests`, one for each fold."""
    wanted, found = list(names), []
    for intent in tests[0].boards:
        boards = [test.boards[intent] for test in tests]
        by_name = {
            name: _joined(board.metrics[name] for board in boards)
            for name in boards[0].metrics
            if name in wanted and all(name in board.metrics for board in boards)
        }
        served = _joined(test.boards[intent].served(test.choices[intent]) for test in tests)
        tiers = np.concatenate([board.tiers for board in boards])
        by_name = {SERVED: served, **by_name}
        for tier in (ALL, *sorted(set(tiers.tolist()))):
            mine = np.ones(len(tiers), dtype=bool) if tier == ALL else tiers == tier
            for name, metrics in by_name.items():
                row = _row(metrics, mine, k)
                if tier == ALL:
                    row |= _of_shop(boards, tests, intent, name, k)
                limit = tests[-1].limits.get(name, "")
                who = {"level": level, "intent": intent, "tier": tier, "name": name}
                found.append(who | row | ({"limit": limit} if limit else {}))
    return found + _newcomers(tests, level, k)


def _newcomers(tests: Sequence[Backtest], level: str, k: int) -> list[Row]:
    found = []
    for name in tests[0].newcomers:
        metrics = _joined(test.newcomers[name] for test in tests)
        everyone = np.ones(len(metrics.ndcg), dtype=bool)
        who = {"level": level, "intent": MIXED, "tier": NEWCOMER, "name": name}
        found.append(who | _row(metrics, everyone, k))
    return found


def _joined(parts: Iterable[PerCustomer]) -> PerCustomer:
    several = list(parts)
    return PerCustomer(
        *(
            np.concatenate([getattr(one, field.name) for one in several])
            for field in fields(PerCustomer)
        )
    )


def _row(metrics: PerCustomer, mine: Any, k: int) -> Row:
    chosen: dict[str, Floats] = {name: getattr(metrics, name)[mine] for name in PER_CUSTOMER}
    size = len(chosen["ndcg"])
    means = {
        f"{name}@{k}": _rounded(values.mean() if size else 0) for name, values in chosen.items()
    }
    low, high = interval(chosen["ndcg"]) if size else (0.0, 0.0)
    return {"customers": size, **means, "interval": [_rounded(low), _rounded(high)]}


def _of_shop(
    boards: Sequence[Board], tests: Sequence[Backtest], intent: str, name: str, k: int
) -> Row:
    found: dict[str, list[float]] = {metric: [] for metric in PER_SHOP}
    for board, test in zip(boards, tests, strict=True):
        choice = test.choices[intent]
        lists = board.served_lists(choice) if name == SERVED else board.lists[name]
        for metric, value in per_shop(lists, board.histories).items():
            found[metric].append(value)
    return {
        f"{metric}@{k}": _rounded(np.mean(values)) for metric, values in found.items() if values
    }


def _rounded(value: Any) -> float:
    return round(float(value), DIGITS)
