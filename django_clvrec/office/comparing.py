"""Two snapshots side by side: sizes, metrics, customers who moved, lists that changed."""

from collections.abc import Mapping, Sequence
from itertools import chain
from statistics import mean
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_clvrec.core.evaluation.names import ALL, SERVED
from django_clvrec.models import CustomerScore, Recommendation, Snapshot, Tier, segment_label
from django_clvrec.office.charts import flow
from django_clvrec.office.charts.drawing import spoken
from django_clvrec.office.dashboard.customers import sums_by
from django_clvrec.office.pictures import SHARE, WHOLE, Column, Picture
from django_clvrec.office.words import list_label, tier_label

SAMPLE, LISTS_SAMPLE = 5000, 1000
"""So many customers tell who moved, and whose lists changed: a page cannot wait for a million."""
TOP = 10


def page(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows, for `before` and `after`; without them, the last two of a source."""
    ready = Snapshot.objects.filter(state__in=(Snapshot.State.READY, Snapshot.State.HELD))
    choices = list(
        ready.defer("plan", "report").select_related("live_of").order_by("source", "-pk")[:100]
    )
    by_id = {str(one.pk): one for one in choices}
    after = by_id.get(asked.get("after", "")) or _live(choices)
    before = by_id.get(asked.get("before", "")) or _older(choices, after)
    found: dict[str, Any] = {"choices": choices, "before": before, "after": after}
    if before is None or after is None:
        found["note"] = _("There are no two finished snapshots of one source to compare.")
    elif before.source != after.source:
        found["note"] = _("These two are of different sources, whose customers are not the same.")
    else:
        came = _sample(after)
        few = [*came][:: max(len(came) // LISTS_SAMPLE, 1)]
        found["pictures"] = [
            _sizes(before, after, "tier"), _sizes(before, after, "segment"),
            _metrics(before, after), _moved(before, after, came), _lists(before, after, few),
        ]  # fmt: skip
    return found


def _live(choices: list[Snapshot]) -> Snapshot | None:
    return next((one for one in choices if hasattr(one, "live_of")), None)


def _older(choices: list[Snapshot], after: Snapshot | None) -> Snapshot | None:
    mine = [one for one in choices if after and one.source == after.source and one.pk != after.pk]
    return next((one for one in mine if after and one.pk < after.pk), mine[0] if mine else None)


def _sizes(before: Snapshot, after: Snapshot, by: str) -> Picture:
    old, new = (
        {name: sums.customers for name, sums in sums_by(one, by).items()} for one in (before, after)
    )
    tables = (one.report.get("segments", {}) for one in (after, before))
    names = [*Tier.values] if by == "tier" else [*dict.fromkeys(chain(*tables))]
    label = tier_label if by == "tier" else segment_label
    return Picture(
        key=f"compare-{by}", title=_("Tiers") if by == "tier" else _("Segments"), is_open=True,
        columns=[
            Column(label=_("Tier") if by == "tier" else _("Segment")),
            Column(label=_("Before"), form=WHOLE), Column(label=_("After"), form=WHOLE),
            Column(label=pgettext("difference", "Change"), form=WHOLE),
        ],
        rows=[
            [label(name), old.get(name, 0), new.get(name, 0), new.get(name, 0) - old.get(name, 0)]
            for name in names
        ],
    )  # fmt: skip


def _metrics(before: Snapshot, after: Snapshot) -> Picture:
    """What the gate looks at, and what was served in the backtest."""
    rows: list[list[Any]] = [
        [_("Lines read"), *(one.report.get("lines_read") for one in (before, after))],
        [_("Customers"), *(one.report.get("customers") for one in (before, after))],
        [_("Lists"), *(one.report.get("recommendations") for one in (before, after))],
    ]
    served = [
        {
            (row["level"], row["intent"]): row["ndcg@10"]
            for row in one.report.get("leaderboard", [])
            if (row["tier"], row["name"]) == (ALL, SERVED)
        }
        for one in (before, after)
    ]
    rows += [
        [f"NDCG@10 – {list_label(*key)}", served[0].get(key), served[1].get(key)]
        for key in dict.fromkeys([*served[1], *served[0]])
    ]
    return Picture(
        key="compare-metrics", title=_("Figures"), is_open=True,
        columns=[
            Column(label=_("Figure")), Column(label=_("Before"), form="-3g"),
            Column(label=_("After"), form="-3g"),
            Column(label=pgettext("difference", "Change"), form=SHARE),
        ],
        rows=[[name, old, new, new / old - 1 if old and new else None] for name, old, new in rows],
    )  # fmt: skip


def _moved(before: Snapshot, after: Snapshot, came: Mapping[str, str]) -> Picture:
    """Of a sample of customers of both, from which tier to which."""
    rows = CustomerScore.objects.filter(snapshot=before, customer_key__in=came).order_by()
    was = dict(rows.values_list("customer_key", "tier"))
    order = [*Tier.values]
    moved: dict[tuple[int, int], float] = {}
    for key, tier in came.items():
        if key in was:
            places = (order.index(was[key]), order.index(tier))
            moved[places] = moved.get(places, 0) + 1
    total = sum(moved.values())
    stayed = sum(count for (old, new), count in moved.items() if old == new)
    about = _("Of %(count)s customers who are in both, %(share)s %% are in the same tier.")
    if after.report.get("customers", 0) > len(came):
        about = _(
            "Of a sample of %(count)s customers who are in both, %(share)s %% are in the same tier."
        )
    about %= {"count": spoken(total), "share": spoken(100 * stayed / total if total else 0, 1)}
    return Picture(
        key="compare-moved", title=_("Customers who moved"), about=about, is_open=True,
        columns=[
            Column(label=_("Before")), Column(label=_("After")),
            Column(label=_("Customers"), form=WHOLE), Column(label=_("Share"), form=SHARE),
        ],
        rows=[
            [tier_label(order[old]), tier_label(order[new]), count, count / total]
            for (old, new), count in sorted(moved.items())
        ],
        svg=flow(
            _("Customers by tier before and after"), [tier_label(tier) for tier in order], moved,
            (_("Before"), _("After")),
        ) if moved else "",
    )  # fmt: skip


def _lists(before: Snapshot, after: Snapshot, keys: Sequence[str]) -> Picture:
    """Of a sample of customers, how many of the first ten items are the same."""
    old, new = (_tops(one, keys) for one in (before, after))
    same: dict[tuple[str, str], list[float]] = {}
    for (key, level, intent), items in new.items():
        if items and (others := old.get((key, level, intent))):
            shared = len({*items} & {*others}) / len(items)
            same.setdefault((level, intent), []).append(shared)
    return Picture(
        key="compare-lists", title=_("Lists that changed"), is_open=True,
        about=_("Of the first ten items of each list of a sample of %(count)d customers.")
        % {"count": len(keys)},
        columns=[
            Column(label=_("List")), Column(label=_("Customers"), form=WHOLE),
            Column(label=_("Items in both"), form=SHARE),
            Column(label=_("Lists with the same items"), form=SHARE),
        ],
        rows=[
            [list_label(*key), len(found), mean(found), mean(one == 1 for one in found)]
            for key, found in sorted(same.items())
        ],
    )  # fmt: skip


def _tops(snapshot: Snapshot, keys: Sequence[str]) -> dict[tuple[str, str, str], list[str]]:
    lists = Recommendation.objects.filter(snapshot=snapshot, customer_key__in=keys).order_by()
    return {
        (key, level, intent): [item for item, _score in items[:TOP]]
        for key, level, intent, items in lists.values_list(
            "customer_key", "level", "intent", "items"
        )
    }


def _sample(snapshot: Snapshot) -> dict[str, str]:
    """Tiers of about SAMPLE customers by key, at even distances in the order of their numbers.

    A refresh numbers its customers one after the other, so all of them are as many numbers around
    any of them. The first and the last number would be found by passing over other snapshots.
    """
    rows = CustomerScore.objects.filter(snapshot=snapshot)
    middle = rows.order_by("customer_key").values_list("pk", flat=True).first()
    if middle is None:
        return {}
    customers = max(snapshot.report.get("customers", 0), SAMPLE)
    step = customers / SAMPLE
    places = {middle + int(step * number) for number in range(1 - SAMPLE, SAMPLE)}
    found = rows.filter(pk__in=places).order_by("pk")
    return dict(found.values_list("customer_key", "tier"))
