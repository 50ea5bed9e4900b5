"""The dashboard at `/admin/clvrec/`: what is live, what to do next, and all pictures."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from django_clvrec.cells import cells_of, total
from django_clvrec.conf import load_class
from django_clvrec.doctor import Severity, examine
from django_clvrec.models import Experiment, Snapshot, Tier, segment_label
from django_clvrec.office import dashboard
from django_clvrec.office.charts.drawing import spoken
from django_clvrec.office.panel import run_panel
from django_clvrec.office.words import local, tier_label
from django_clvrec.sources import registered

LOSING = ("at_risk", "cant_lose", "about_to_sleep")
"""Segments that a shop looks for first."""


def front_page(request: HttpRequest) -> dict[str, Any]:
    """By what the user may view: customers, snapshots, or neither; of customers all, for these are
    sums."""
    user: Any = request.user
    may_inspect = load_class("POLICY")().may_inspect
    sees_customers = user.has_perm("clvrec.view_customerscore") and may_inspect(request)
    sees_snapshots = user.has_perm("clvrec.view_snapshot")
    sources = list(registered())
    asked = request.GET.get("source")
    source = asked if asked in sources else next(iter(sources), "")
    live = Snapshot.objects.live(source).defer("plan").first() if source else None
    found: dict[str, Any] = {
        "source": source,
        "sources": sources if len(sources) > 1 and (sees_customers or sees_snapshots) else [],
        "snapshot": live,
    }
    if sees_snapshots:
        found["findings"] = [
            one for one in examine(source or None, deep=False) if one.severity != Severity.OK
        ]
        found["panel"] = run_panel(request)
    if live is None:
        return found
    if sees_customers:
        found["links"] = _links(live)
    if sees_snapshots:
        found |= {
            "facts": _facts(live),
            "pictures": list(dashboard.snapshot_pictures(live, dashboard.before(live))),
            "boards": list(dashboard.board_pictures(live)),
            "now": list(dashboard.now_pictures(live)),
            "experiments": list(Experiment.objects.filter(is_active=True)[:10])
            if user.has_perm("clvrec.view_experiment")
            else [],
        }
    return found


def _facts(live: Snapshot) -> list[dict[str, Any]]:
    """A few figures: what it is, what it means, and a word on it."""
    report, whole = live.report, total(cells_of(live.report))
    dropped = sum(report.get("lines_dropped", {}).values())
    revenue = (report.get("lifetime") or {}).get("revenue") or {}
    listed = report.get("items_listed", {})
    facts = [
        (_("Customers"), spoken(report.get("customers")), ""),
        (_("Revenue of all orders"), spoken(whole.revenue) if whole.customers else "–", ""),
        (
            _("Expected revenue"), spoken(revenue.get("expected")),
            _("within %(days)d days; %(low)s – %(high)s in 90 of 100 cases") % {
                "days": report["lifetime"]["days"], "low": spoken(revenue.get("low")),
                "high": spoken(revenue.get("high")),
            } if revenue else "",
        ),
        (
            _("Lists"), spoken(report.get("recommendations")),
            ", ".join(
                _("%(count)s of %(level)s") % {"count": spoken(count), "level": level}
                for level, count in listed.items()
            ),
        ),
        (
            _("Order lines read"), spoken(report.get("lines_read")),
            _("%s left out by rules") % spoken(dropped) if dropped else _("none left out"),
        ),
        (
            _("Since the last refresh"),
            timesince(live.finished_at, depth=1) if live.finished_at else "–",
            _("purchases up to %s") % date_format(local(live.as_of), "SHORT_DATETIME_FORMAT"),
        ),
    ]  # fmt: skip
    if indices := report.get("drift", {}).get("psi"):
        facts.append((
            _("Drift"), spoken(max(indices.values()), 3),
            _("stability index, since snapshot #%s") % report["drift"]["against"],
        ))  # fmt: skip
    return [{"name": name, "value": value, "note": note} for name, value, note in facts]


def _links(live: Snapshot) -> list[dict[str, str]]:
    """To the customers of each segment and tier; those whom the shop is losing come first."""
    page = reverse("admin:clvrec_customerscore_changelist")
    sizes = live.report.get("segments", {})
    segments = sorted(sizes, key=lambda name: name not in LOSING)
    found = [
        (segment_label(name), {"segment": name}, sizes[name]) for name in segments if sizes[name]
    ]
    tiers = live.report.get("tiers", {})
    found += [(tier_label(tier), {"tier": tier}, tiers.get(tier, 0)) for tier in Tier.values]
    return [
        {
            "label": label,
            "size": spoken(size),
            "url": f"{page}?{urlencode(wanted | {'source': live.source})}",
        }
        for label, wanted, size in found
    ]
