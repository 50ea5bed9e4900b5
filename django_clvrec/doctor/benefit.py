"""Findings about what lists of their own are worth to customers, compared with popular items."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from django_clvrec.core.evaluation.names import ALL, SERVED
from django_clvrec.core.recommenders.names import POPULAR
from django_clvrec.doctor.customers import Buyers
from django_clvrec.doctor.findings import BENEFIT, Finding, ok, warning
from django_clvrec.doctor.records import Record
from django_clvrec.doctor.words import count, decimal, percent


def findings(record: Record, buyers: Buyers | None) -> Iterator[Finding]:
    """By level and intent, as the backtest of the live refresh measured it."""
    if record.live is None:
        yield from before(buyers)
        return
    rows = [row for row in record.report.get("leaderboard", []) if row["tier"] == ALL]
    by_name = {(row["level"], row["intent"], row["name"]): row for row in rows}
    for (level, intent, name), served in by_name.items():
        popular = by_name.get((level, intent, POPULAR))
        if name == SERVED and popular is not None:
            yield _compared(served, popular)
    if not rows:
        yield _untested(record)


def before(buyers: Buyers | None) -> Iterator[Finding]:
    """What can be said before anything has been learnt."""
    if buyers is None or not buyers.customers:
        return
    text = _(
        "Lists of their own can help %(share)s of the customers, who have ordered before; others "
        "see what is popular. How much it helps the first refresh measures."
    )
    yield ok(BENEFIT, text % {"share": percent(buyers.known / buyers.customers)})


def _compared(served: Mapping[str, Any], popular: Mapping[str, Any]) -> Finding:
    low, high = served["interval"]
    text = _(
        "%(level)s, %(intent)s: of %(customers)s customers, %(own)s bought something of their own "
        "list of ten next, and %(popular)s something of the popular ten. NDCG@10 is %(ndcg)s "
        "(90 %% interval %(low)s – %(high)s), that of what is popular %(floor)s."
    ) % {
        "level": served["level"],
        "intent": served["intent"],
        "customers": count(served["customers"]),
        "own": percent(served["hit@10"]),
        "popular": percent(popular["hit@10"]),
        "ndcg": decimal(served["ndcg@10"]),
        "low": decimal(low),
        "high": decimal(high),
        "floor": decimal(popular["ndcg@10"]),
    }
    if low > popular["ndcg@10"]:
        return ok(BENEFIT, text)
    hint = _(
        "Lists of their own are not surely better here yet. More orders help; so does a level with "
        "fewer, broader items. docs/how-to/recommenders.md"
    )
    return warning(BENEFIT, text, hint)


def _untested(record: Record) -> Finding:
    live = record.live
    if live is not None and not live.plan:
        text = _("Who recommends is pinned by RECOMMENDER, so no backtest says what it is worth.")
        hint = _("`manage.py clvrec_evaluate` tells; RECOMMENDER = “auto” lets a backtest choose.")
        return ok(BENEFIT, text, hint)
    text = _("There were too few orders for a backtest, so visitors see what is popular.")
    hint = _("It needs orders before and after a split in time, of items with MIN_BUYERS buyers.")
    return warning(BENEFIT, text, hint)
