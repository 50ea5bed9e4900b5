"""Evaluation on demand: what every recommender would have reached on a shop's own orders."""

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
from django.utils import timezone

from django_clvrec.conf import get_config
from django_clvrec.core.evaluation.article import article_table
from django_clvrec.core.evaluation.names import ALL, SERVED, SPLIT
from django_clvrec.core.evaluation.rating_algorithms import als
from django_clvrec.core.evaluation.surprise import surprise_algorithms
from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, RATING
from django_clvrec.core.recommenders.base import learn_from_feedback
from django_clvrec.core.recommenders.names import with_own
from django_clvrec.engines.backtests import Question, ask, competitors, steps
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.events import EPOCH
from django_clvrec.engines.worth import worth
from django_clvrec.exceptions import BadRatings, SurpriseNotInstalled, UnknownRecommender
from django_clvrec.extract import extract, extract_shown, line_count
from django_clvrec.parameters import run_parameters
from django_clvrec.planning import BACKTEST, pins
from django_clvrec.progress import EXTRACT, OnProgress
from django_clvrec.quarantine.learning import learnt_from
from django_clvrec.sources import PurchaseSource, get_source

SMALL_SET = 10_000
"""Ratings; with fewer, one split says so little that more are needed."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be evaluated."""

    level: str
    intent: str
    split: float | datetime = SPLIT
    """A share of the log's time, or the moment up to which is learnt."""
    folds: int = 1
    k: int = 10
    names: Collection[str] = ()
    """Who competes; empty for all."""
    also: Collection[str] = ()
    """Who competes besides, without being in the settings."""


def evaluate(
    wish: Wish, source: str | None = None, *, on_progress: OnProgress = lambda *_: None
) -> dict[str, Any]:
    """`split`, `level`, `intent`, `customers`, `served` and `contestants`, ready for JSON.

    `served` is what would have been served: chosen by what was known before the split. Nothing is
    stored. Raises UnknownLevel, UnknownRecommender and NothingToEvaluate.
    """
    with _learnt(wish, source, on_progress) as (log, parameters):
        return judged(log, parameters, wish, on_progress)


@contextmanager
def _learnt(
    wish: Wish, source: str | None, on_progress: OnProgress
) -> Iterator[tuple[Path, Parameters]]:
    """What a refresh would learn from; nothing is stored."""
    shop = get_source(source)
    shop.check_level(wish.level)
    now = timezone.now()
    parameters = run_parameters(shop, now, (*wish.names, *wish.also))
    parameters = replace(parameters, levels=(wish.level,))
    check_names(wish, parameters)
    with purchase_log(shop, now, on_progress) as folder:
        log = learnt_from(shop.name, folder, folder.with_name("counted"), (wish.level,)).log
        if learn_from_feedback(competitors(parameters, wish.level, wish.names).values()):
            shown = extract_shown(folder.with_name("shown"), (wish.level,), now)
            parameters = replace(parameters, shown=shown)
        yield log, parameters


def check_names(wish: Wish, parameters: Parameters) -> None:
    """Raises UnknownRecommender."""
    known = with_own(parameters.own)
    for name in wish.names:
        if name not in known:
            raise UnknownRecommender(
                f"There is no recommender {name!r}. Use one or more of {', '.join(known)}."
            )


def judged(
    log: Path, parameters: Parameters, wish: Wish, on_progress: OnProgress = lambda *_: None
) -> dict[str, Any]:
    """What `evaluate` tells, of a purchase log. Raises NothingToEvaluate."""
    parameters = replace(parameters, levels=(wish.level,))
    question = _question(wish)
    total, done = steps(parameters, question), iter(range(1, 1 << 30))
    answer = next(
        ask(
            log,
            parameters,
            question,
            {},
            on_step=lambda _: on_progress(BACKTEST, min(next(done), total), total),
            pins=pins(),
        )
    )
    board = answer.leaderboard()
    served = next(row for row in board if row["name"] == SERVED and row["tier"] == ALL)
    by_tier = dict(answer.tests[-1].choices[wish.intent])
    everyone = by_tier.pop("")
    only = {*by_tier.values()} == {everyone}
    return {
        "split": wish.split.isoformat() if isinstance(wish.split, datetime) else wish.split,
        "cuts": [(EPOCH + pd.Timedelta(test.cut, "us")).isoformat() for test in answer.tests],
        "level": wish.level,
        "intent": wish.intent,
        "k": wish.k,
        "customers": served["customers"],
        "customers_in_log": answer.customers,
        "customers_sampled": answer.sampled,
        "served": served | {"name": everyone if only else SERVED, "by_tier": by_tier},
        "contestants": [row for row in board if row["name"] != SERVED],
        "served_by_tier": [row for row in board if row["name"] == SERVED and row["tier"] != ALL],
        "left_out": answer.left_out,
        "parameters": {name: repr(one) for name, one in answer.tests[-1].recommenders.items()},
    }


def _question(wish: Wish) -> Question:
    return Question(
        names=wish.names,
        intents=(wish.intent,),
        k=wish.k,
        cut=_microseconds(wish.split) if isinstance(wish.split, datetime) else wish.split,
        folds=wish.folds,
        most_customers=get_config()["BACKTEST_CUSTOMERS"],
    )


def evaluate_worth(
    wish: Wish,
    horizon_days: float,
    source: str | None = None,
    *,
    on_progress: OnProgress = lambda *_: None,
) -> dict[str, Any]:
    """What lists of each recommender are worth: revenue in the days after a purchase from them.

    Lists are mixed, whatever the intent. Raises UnknownLevel, UnknownRecommender,
    NothingToEvaluate and NoOverlap.
    """
    with _learnt(wish, source, on_progress) as (log, parameters):
        return worth(
            log,
            parameters,
            _question(wish),
            horizon_days,
            on_step=lambda done, total: on_progress(BACKTEST, done, total),
        )


@contextmanager
def purchase_log(shop: PurchaseSource, as_of: datetime, on_progress: OnProgress) -> Iterator[Path]:
    """All purchases up to `as_of`, in a folder that is removed afterwards."""
    base = get_config()["WORK_DIR"] or tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="clvrec-evaluate-", dir=base))
    try:
        total = line_count(shop)
        on_progress(EXTRACT, 0, total)
        extract(
            shop,
            folder / "log",
            as_of,
            lambda done: on_progress(EXTRACT, done, total),
            is_kept=False,
        )
        yield folder / "log"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def evaluate_article(
    level: str | None,
    ratings: Path | None,
    source: str | None = None,
    *,
    splits: int | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> dict[str, Any]:
    """The article's table and the honest one, of a shop's ratings or of those in a CSV file.

    The file's first three columns are customer, item and rating. Raises BadRatings and
    TooFewRatings.
    """
    rows = _read_ratings(ratings) if ratings else _own_ratings(level, source, on_progress)
    on_progress("article", 0, 1)
    algorithms = {"ALS": als()}
    note = ""
    try:
        algorithms |= surprise_algorithms()
    except SurpriseNotInstalled as error:
        note = str(error)
    customers, items, scores = (rows.iloc[:, place].to_numpy() for place in range(3))
    often = splits or (40 if len(rows) < SMALL_SET else 10)
    table = article_table(customers, items, scores, algorithms, splits=often)
    return {"protocol": "article", "note": note, **table.summary()}


def _read_ratings(path: Path) -> pd.DataFrame:
    try:
        rows = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise BadRatings(f"{path} cannot be read: {error}. Give a CSV file.") from error
    if rows.shape[1] < 3:
        raise BadRatings(
            f"{path} has {rows.shape[1]} columns; give customer, item and rating, in this order."
        )
    return rows


def _own_ratings(level: str | None, source: str | None, on_progress: OnProgress) -> pd.DataFrame:
    shop = get_source(source)
    level = shop.check_level(level or shop.levels[0])
    columns = [CUSTOMER, ITEM_PREFIX + level, RATING]
    with purchase_log(shop, timezone.now(), on_progress) as log:
        rows: pd.DataFrame = ds.dataset(log).to_table(columns=columns).to_pandas().dropna()
    if rows.empty:
        raise BadRatings(
            "No purchase of this source has a rating. Name the `rating` of your PurchaseSource, "
            "or give a CSV file by --ratings."
        )
    return rows


def _microseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1e6)
