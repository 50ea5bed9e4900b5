"""Pictures of who the customers are: tiers, segments, scores, clusters, cohorts."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from django_clvrec.cells import Sums, cells_of, summed
from django_clvrec.models import Snapshot, Tier, segment_label
from django_clvrec.office.charts import curve, heat, shares
from django_clvrec.office.charts.drawing import spoken
from django_clvrec.office.pictures import PLAIN, SHARE, WHOLE, Column, Picture
from django_clvrec.office.words import DIMENSIONS, UNITS, tier_label


def tiers(snapshot: Snapshot, before: Snapshot | None) -> Picture:
    """Size and share of revenue, and what has changed since the snapshot before."""
    names = [(tier, tier_label(tier)) for tier in Tier.values]
    return _groups(
        "tiers", _("Tiers"), _("Tier"), names, "tier", snapshot, before,
        about=_("How many customers stand in each tier, and what share of all revenue is theirs."),
    )  # fmt: skip


def segments(snapshot: Snapshot, before: Snapshot | None) -> Picture:
    """The same by segment, in the order of the table of segments."""
    names = [(name, segment_label(name)) for name in snapshot.report.get("segments", {})]
    return _groups(
        "segments", _("Segments"), _("Segment"), names, "segment", snapshot, before,
        about=_("Named groups, by how recently and how much customers buy."),
    )  # fmt: skip


def _groups(  # noqa: PLR0917
    key: str,
    title: str,
    heading: str,
    names: Sequence[tuple[str, str]],
    by: str,
    snapshot: Snapshot,
    before: Snapshot | None,
    *,
    about: str,
) -> Picture:
    now, past = sums_by(snapshot, by), sums_by(before, by) if before else {}
    whole = sum(now.values(), Sums())
    rows = [
        # who was in no such group before has come into it; without a snapshot nobody knows
        _group(label, now.get(name, Sums()), past.get(name, Sums()) if past else None, whole)
        for name, label in names
    ]
    sizes = {_("Customers"): [row[2] for row in rows], _("Revenue"): [row[4] for row in rows]}
    return Picture(
        key=key, title=title, about=about, is_open=True,
        columns=[
            Column(label=heading),
            Column(label=_("Customers"), form=WHOLE),
            Column(label=_("Share of customers"), form=SHARE),
            Column(label=_("Change since the snapshot before"), form=WHOLE),
            Column(label=_("Share of revenue"), form=SHARE),
            Column(label=_("Days since the last order"), form=WHOLE),
            Column(label=_("Orders per customer"), form=PLAIN),
            Column(label=_("Revenue per customer"), form=PLAIN),
            Column(label=_("Expected orders"), form=PLAIN),
            Column(label=_("Lifetime value"), form=PLAIN),
        ],
        rows=rows,
        svg=shares(title, [label for _name, label in names], sizes) if whole.customers else "",
        note=_without_cells(snapshot),
    )  # fmt: skip


def sums_by(snapshot: Snapshot, by: str) -> dict[str, Sums]:
    """Sums by tier or by segment; of an older snapshot, sizes alone."""
    sizes = snapshot.report.get(f"{by}s", {})
    return summed(cells_of(snapshot.report), lambda cell: getattr(cell, by)) or {
        name: Sums(customers=size) for name, size in sizes.items()
    }


def _group(label: str, now: Sums, past: Sums | None, whole: Sums) -> list[Any]:
    return [
        label,
        now.customers,
        now.customers / whole.customers if whole.customers else 0.0,
        None if past is None else now.customers - past.customers,
        now.revenue / whole.revenue if whole.revenue else 0.0,
        *_means(now),
    ]  # fmt: skip


def _means(sums: Sums) -> list[float | None]:
    if not sums.orders:  # of an older snapshot
        return [None] * 5
    return [
        sums.mean_recency_days, sums.mean_orders, sums.mean_revenue, sums.mean_expected_orders,
        sums.mean_clv,
    ]  # fmt: skip


def _without_cells(snapshot: Snapshot) -> str:
    if snapshot.report.get("cells"):
        return ""
    return _("This snapshot is older than these figures. The next refresh brings them.")


def scores(snapshot: Snapshot) -> Picture:
    """Customers by the scores for recency and frequency, with what they have spent."""
    found = summed(
        cells_of(snapshot.report), lambda cell: (cell.recency_score, cell.frequency_score)
    )
    recent = sorted({r for r, _f in found}, reverse=True)
    often = sorted({f for _r, f in found})
    sizes = [[_size(found.get((r, f))) for f in often] for r in recent]
    return Picture(
        key="scores", title=_("Recency and frequency"),
        about=_("Customers by score; the best are at the top right. Darker is more customers."),
        columns=[
            Column(label=_("Recency score")), Column(label=_("Frequency score")),
            Column(label=_("Customers"), form=WHOLE), Column(label=_("Revenue"), form=WHOLE),
            Column(label=_("Revenue per customer"), form=PLAIN),
        ],
        rows=[
            [r, f, found[r, f].customers, found[r, f].revenue, found[r, f].mean_revenue]
            for r in recent for f in often if (r, f) in found
        ],
        svg=heat(
            _("Customers by recency score and frequency score"),
            [_("Recency %d") % r for r in recent], [_("Frequency %d") % f for f in often],
            sizes, [[spoken(size) for size in row] for row in sizes],
        ) if found else "",
        note=_without_cells(snapshot),
    )  # fmt: skip


def _size(sums: Sums | None) -> int:
    return sums.customers if sums else 0


def elbows(snapshot: Snapshot) -> Iterator[Picture]:
    """Of each dimension the curve of inertia by k, the chosen k and the cut points."""
    for dimension, found in snapshot.report.get("clusters", {}).items():
        name, unit = str(DIMENSIONS.get(dimension, dimension)), UNITS.get(dimension, "")
        cuts = ", ".join(spoken(cut, 1) for cut in found["cuts"])
        yield Picture(
            key=f"elbow-{dimension}", title=_("Clusters: %s") % name,
            about=_("k = %(k)d clusters were chosen. Cut points (%(unit)s): %(cuts)s.")
            % {"k": found["k"], "unit": unit, "cuts": cuts or "–"},
            columns=[
                Column(label="k"), Column(label=_("Inertia"), form=WHOLE),
                Column(label=_("Chosen")),
            ],
            rows=[
                [number, value, _("yes") if number == found["k"] else ""]
                for number, value in enumerate(found.get("curve", []), 1)
            ],
            svg=curve(
                _("Inertia by number of clusters: %s") % name, found.get("curve", []),
                found["k"], axis=_("number of clusters k"),
            ),
        )  # fmt: skip


def cohorts(snapshot: Snapshot) -> Picture:
    """By the month of the first order, who ordered again in each month after it."""
    found = snapshot.report.get("cohorts", [])
    months = max((len(one["retention"]) for one in found), default=0)
    shown = [one["retention"] + [None] * (months - len(one["retention"])) for one in found]
    return Picture(
        key="cohorts", title=_("Cohorts"),
        about=_(
            "By the month of the first order: the share of customers who ordered in that month "
            "and in each one after it."
        ),
        columns=[
            Column(label=_("First order")), Column(label=_("Customers"), form=WHOLE),
            Column(label=_("Revenue"), form=WHOLE),
            *(Column(label=str(month), form=SHARE, places=0) for month in range(months)),
        ],
        rows=[
            [one["cohort"], one["customers"], sum(one["revenue"]), *row]
            for one, row in zip(found, shown, strict=True)
        ],
        svg=heat(
            _("Share of a cohort that ordered, by month after the first order"),
            [one["cohort"] for one in found], [str(month) for month in range(months)],
            # everybody orders in the first month, which would leave no shade for the others
            [[None if place == 0 else one for place, one in enumerate(row)] for row in shown],
            [["" if one is None else spoken(100 * one) for one in row] for row in shown],
            corner=_("in percent"),
        ) if found else "",
    )  # fmt: skip
