"""How often lists of another policy would have been clicked, by those with propensities."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from django_clvrec.core.evaluation.off_policy import (
    Estimate,
    Logged,
    doubly_robust,
    ips,
    snips,
)
from django_clvrec.core.ranking import Floats, Ints
from django_clvrec.exceptions import BadPropensities, TooFewPropensities
from django_clvrec.exploration.learning import POPULAR
from django_clvrec.models import Feedback, ShownList
from django_clvrec.serving.stored import live_of, popular_lists
from django_clvrec.sources import get_source

Policy = Callable[[str], float]
"""The probability that an item, by its key, is in a list."""
FEW_SUBJECTS = 100
LEAST_KNOWN = 0.5
"""Of what the policy would show, the least share that was tried out."""
MOST_LISTS = 100_000
SHRINKAGE = 20.0
"""An item's click rate counts as much as the mean when it was shown so often."""


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Clicks per item shown, had the policy made the lists."""

    level: str
    lists: int
    """How many were looked at; others of another length, or without propensities, were not."""
    subjects: int
    length: int
    """Items of each list."""
    logged: float
    """Clicks per item in these lists as they were."""
    known: float
    """Share of the policy's lists that was tried out; the estimates are of this share."""
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate


@dataclass(kw_only=True)
class _Log:
    """Items of lists, one entry each."""

    items: list[str] = field(default_factory=list)
    propensities: list[float] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    subjects: list[int] = field(default_factory=list)
    lists: int = 0
    length: int = 0


def estimate_popular(
    level: str, source: str | None = None, since: datetime | None = None
) -> Estimates:
    """Of lists that show what is popular now, in its order, and nothing else.

    Raises TooFewPropensities, and UnknownLevel.
    """
    shop = get_source(source)
    pairs = popular_lists(live_of(shop.name), shop.check_level(level)).get("", [])
    log = _log(level, since)
    best = [key for key, _ in pairs[: log.length]]
    return _estimates(level, log, dict.fromkeys(best, 1.0))


def estimate(level: str, policy: Policy, since: datetime | None = None) -> Estimates:
    """Of any policy: probabilities that each item is in a list, which add up to its length.

    Asked about each item that was tried out. Raises TooFewPropensities, and BadPropensities where
    the probabilities add up to more than the lists have room for.
    """
    log = _log(level, since)
    return _estimates(level, log, {item: float(policy(item)) for item in {*log.items}})


def _log(level: str, since: datetime | None) -> _Log:
    """Of the last MOST_LISTS popular ones, which alone are drawn, those that carry a propensity for
    each item and are of the usual length.

    Two queries. Raises TooFewPropensities.
    """
    rows = ShownList.objects.filter(level=level, answer_source=POPULAR).order_by("-shown_at")
    rows = rows.filter(shown_at__gte=since) if since else rows
    columns = ("pk", "subject_key", "is_customer", "items", "shown_at")
    drawn = [
        row
        for row in rows.values_list(*columns)[:MOST_LISTS].iterator(chunk_size=2000)
        if row[3] and all(propensity is not None for _, propensity in row[3])
    ]
    lengths = Counter(len(row[3]) for row in drawn)
    usual = max(lengths, key=lambda length: (lengths[length], length)) if lengths else 0
    same = [row for row in drawn if len(row[3]) == usual]
    found = _events(same, _clicks(level, same), usual)
    if (subjects := len({*found.subjects})) < FEW_SUBJECTS:
        raise TooFewPropensities(
            f"Lists with propensities at level {level} were shown to {subjects} customers or "
            f"visitors, fewer than {FEW_SUBJECTS}. Have lists explore, and wait for more of them."
        )
    return found


def _clicks(level: str, rows: list[Any]) -> set[tuple[Any, str]]:
    """In `rows`, of which the last is the oldest."""
    if not rows:
        return set()
    clicks = Feedback.objects.filter(
        kind=Feedback.Kind.CLICKED,
        shown_list__level=level,
        shown_list__answer_source=POPULAR,
        shown_list__shown_at__gte=rows[-1][4],
    )
    wanted = {row[0] for row in rows}
    pairs = clicks.values_list("shown_list_id", "item_key").iterator(chunk_size=2000)
    return {(list_id, key) for list_id, key in pairs if list_id in wanted}


def _events(rows: Collection[Any], clicks: set[tuple[Any, str]], length: int) -> _Log:
    log = _Log(lists=len(rows), length=length)
    numbers: dict[tuple[str, bool], int] = {}
    for list_id, subject_key, is_customer, items, _ in rows:
        number = numbers.setdefault((subject_key, is_customer), len(numbers))
        for key, propensity in items:
            log.items.append(key)
            log.propensities.append(float(propensity))
            log.rewards.append(float((list_id, key) in clicks))
            log.subjects.append(number)
    return log


def _estimates(level: str, log: _Log, targets: Mapping[str, float]) -> Estimates:
    names = sorted({*log.items})
    place = {name: number for number, name in enumerate(names)}
    items = np.array([place[item] for item in log.items], dtype=np.int64)
    target = np.array([targets.get(name, 0.0) for name in names])
    logged = Logged(
        rewards=np.array(log.rewards),
        propensities=np.array(log.propensities),
        targets=target[items],
        customers=np.array(log.subjects, dtype=np.int64),
    )
    tried = _tried_out(items, logged, target, log.lists)
    known = _known(tried, target, log.length)
    # of a list of the policy only this share was tried out, so the mean is per item of that
    per_item = replace(logged, rewards=logged.rewards / known)
    predicted, expected = _rates(items, logged, tried)
    return Estimates(
        level=level,
        lists=log.lists,
        subjects=len({*log.subjects}),
        length=log.length,
        logged=float(logged.rewards.mean()),
        known=known,
        ips=ips(per_item),
        snips=snips(logged),
        doubly_robust=doubly_robust(per_item, predicted / known, expected),
    )


def _tried_out(items: Ints, logged: Logged, target: Floats, lists: int) -> Floats:
    """By item, how much of what the policy would show of it was tried out.

    The weights of its events add up to that, unless it hardly ever could be shown. A quarter
    is as good as all: chance moves sums so far, and to cut off all that is too small is a bias.
    """
    arrived = np.bincount(items, logged.weights(), minlength=len(target)) / lists
    return np.where(4 * arrived < target, arrived, target)


def _known(tried: Floats, target: Floats, length: int) -> float:
    if target.sum() > 1.001 * length:
        raise BadPropensities(
            f"The policy would show {target.sum():.2f} items in lists of {length}. Give "
            "probabilities that add up to the length of a list."
        )
    share = float(tried.sum()) / length
    if share < LEAST_KNOWN:
        raise TooFewPropensities(
            f"Of what the policy would show only {share:.0%} was ever in a list with "
            "propensities. Judge one that is nearer to what ran, or explore more."
        )
    return min(share, 1.0)


def _rates(items: Ints, logged: Logged, tried: Floats) -> tuple[Floats, Floats]:
    """Click rates by item, shrunk to the mean: of what was shown, and of what the policy would.

    Learnt from one half of the subjects for the other, so never from what they are to explain.
    """
    customers = logged.customers
    assert customers is not None  # noqa: S101 - every event has one
    halves = customers % 2
    predicted, expected = np.zeros(len(items)), np.zeros(len(items))
    for half in (0, 1):
        others, mine = halves != half, halves == half
        shown = np.bincount(items[others], minlength=len(tried))
        clicked = np.bincount(items[others], logged.rewards[others], minlength=len(tried))
        mean = float(logged.rewards[others].mean())
        rates = (clicked + SHRINKAGE * mean) / (shown + SHRINKAGE)
        predicted[mine] = rates[items[mine]]
        expected[mine] = np.average(rates, weights=tried)
    return predicted, expected
