"""Pictures of how well the lists do: forecasts, the leaderboard, what lists cover."""

import zlib
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from django_clvrec.core.evaluation.names import ALL, SERVED
from django_clvrec.models import Snapshot, Tier
from django_clvrec.office.charts import bars, whiskers
from django_clvrec.office.pictures import SHARE, WHOLE, Column, Picture
from django_clvrec.office.words import list_label, tier_label

BEST = 3
"""So many recommenders of each tier are drawn; the table has all."""


def calibration(snapshot: Snapshot) -> Picture:
    """Forecast and bought, by tenth of customers: how right lifetime values would have been."""
    tried = snapshot.report.get("lifetime", {}).get("calibration", {})
    rows = tried.get("deciles", [])
    series = {
        _("Forecast"): [row["forecast"] for row in rows],
        _("Bought"): [row["bought"] for row in rows],
    }
    about = _("Expected orders of each tenth of customers, the lowest forecast first.")
    if rows:
        about = _(
            "Forecast from all but the last %(days)d days, beside what was ordered in them. Each "
            "group is a tenth of customers, the lowest forecast first."
        ) % {"days": tried["days"]}
    return Picture(
        key="calibration", title=_("How right forecasts would have been"), about=about,
        columns=[
            Column(label=_("Tenth")), Column(label=_("Customers"), form=WHOLE),
            Column(label=_("Forecast orders"), form=WHOLE),
            Column(label=_("Orders"), form=WHOLE),
            Column(label=_("“Same again”"), form=WHOLE),
        ],
        rows=[
            [row["group"], row["customers"], row["forecast"], row["bought"], row["same_again"]]
            for row in rows
        ],
        svg=bars(
            _("Orders by tenth of customers: forecast and bought"),
            [row["group"] for row in rows], series,
        ) if rows else "",
        note=tried.get("reason", "") or snapshot.report.get("lifetime", {}).get("reason", ""),
    )  # fmt: skip


def boards(snapshot: Snapshot) -> Iterator[Picture]:
    """For each level and intent the backtest by tier, what was served before the others."""
    board = snapshot.report.get("leaderboard", [])
    for level, served in snapshot.report.get("served", {}).items():
        for intent, by_tier in served.items():
            mine = [row for row in board if (row["level"], row["intent"]) == (level, intent)]
            note = _left_out(snapshot, level) if mine else _untested(snapshot)
            yield _board(level, intent, by_tier, mine, note)


def _key(level: str, intent: str) -> str:
    """For addresses, which have room for ASCII alone: a level may be any Python name."""
    name = level if level.isascii() else f"{zlib.crc32(level.encode()):08x}"
    return f"board-{name}-{intent}"


def _left_out(snapshot: Snapshot, level: str) -> str:
    """Who would have competed, and why not."""
    rows = [row for row in snapshot.report.get("left_out", []) if row["level"] == level]
    return " ".join(_("%(name)s took no part: %(why)s") % row for row in rows)


def _untested(snapshot: Snapshot) -> str:
    """Why there is no backtest: none was asked for, or none could be made."""
    if snapshot.plan:
        return _("There were too few orders for a backtest, so visitors see what is popular.")
    return _("No backtest: the recommender is pinned by a setting.")


def _board(level: str, intent: str, served: dict[str, str], rows: list[Any], note: str) -> Picture:
    order = (ALL, *reversed(Tier.values))
    ranked = sorted(
        (row for row in rows if row["tier"] in order),
        key=lambda row: (order.index(row["tier"]), row["name"] != SERVED, -row["ndcg@10"]),
    )
    drawn = [
        (
            f"{tier_label(tier)}: {row['name']}", row["ndcg@10"], *row["interval"],
            row["name"] == SERVED,
        )
        for tier in order
        for row in [one for one in ranked if one["tier"] == tier][:BEST]
    ]  # fmt: skip
    who = ", ".join(f"{tier_label(tier)}: {name}" for tier, name in served.items())
    return Picture(
        key=_key(level, intent), title=list_label(level, intent),
        about=_(
            "Served now – %(who)s. In a backtest: how much of what customers bought next was in "
            "the first ten of their list, early places counting more (NDCG@10), with 90 %% "
            "intervals. “auto” is what was served."
        ) % {"who": who},
        columns=[
            Column(label=_("Recommender")), Column(label=_("Tier")),
            Column(label=_("Customers"), form=WHOLE), Column(label="NDCG@10", form="3"),
            Column(label=_("at least"), form="3"), Column(label=_("at most"), form="3"),
            Column(label=_("Recall@10"), form="3"), Column(label=_("Hit rate@10"), form=SHARE),
            Column(label=_("Coverage@10"), form=SHARE), Column(label=_("Note")),
        ],
        rows=[
            [
                row["name"], tier_label(row["tier"]), row["customers"], row["ndcg@10"],
                *row["interval"], row["recall@10"], row["hit@10"], row.get("coverage@10"),
                row.get("limit", ""),
            ]
            for row in ranked
        ],
        svg=whiskers(_("NDCG@10 with intervals, by tier"), drawn) if drawn else "",
        note=note,
    )  # fmt: skip
