"""Make a snapshot live, or roll back: what would change, a confirmation, and who did it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import floatformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from django_clvrec import audit
from django_clvrec.conf import get_config
from django_clvrec.exceptions import ClvrecError
from django_clvrec.gate import Measure, measured
from django_clvrec.models import Snapshot, Tier
from django_clvrec.office.words import local

ALLOWED = (Snapshot.State.READY, Snapshot.State.HELD)
TEMPLATE = "admin/clvrec/snapshot/activate.html"


def may_activate(request: HttpRequest) -> bool:
    """Whether this person chooses which snapshot is live."""
    return request.user.has_perm("clvrec.activate_snapshot")


def urls(pages: "ModelAdmin[Snapshot]") -> list[URLPattern]:
    """The page that asks whether a snapshot shall go live."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        return activate_view(pages, request, pk)

    wrapped = pages.admin_site.admin_view(require_http_methods(["GET", "POST"])(view))
    return [path("<int:pk>/activate/", wrapped, name="clvrec_snapshot_activate")]


def activate_view(pages: "ModelAdmin[Snapshot]", request: HttpRequest, pk: int) -> HttpResponse:
    """What is live and what would be; POST makes it so."""
    if not may_activate(request) or not pages.has_view_permission(request):
        raise PermissionDenied
    chosen = get_object_or_404(Snapshot, pk=pk)
    live = Snapshot.objects.live(chosen.source).first()
    if chosen == live or chosen.state not in ALLOWED:
        return _refused(request, chosen, is_live=chosen == live)
    if request.method == "POST":
        if request.POST.get("live", "") == str(live.pk if live else ""):
            return _activated(request, chosen)
        told = _("Another snapshot has gone live meanwhile. Look again at what would change.")
        messages.warning(request, told)
    context = {
        **pages.admin_site.each_context(request),
        "title": _("Make %(snapshot)s live?") % {"snapshot": chosen},
        "opts": Snapshot._meta,
        "snapshot": chosen,
        "live": live,
        "rows": list(_rows(live, chosen)),
        "is_older": live is not None and chosen.pk < live.pk,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _refused(request: HttpRequest, chosen: Snapshot, *, is_live: bool) -> HttpResponse:
    if is_live:
        messages.warning(request, _("%(snapshot)s is live already.") % {"snapshot": chosen})
    else:
        told = _("%(snapshot)s cannot go live: only a snapshot that finished can.")
        messages.error(request, told % {"snapshot": chosen})
    return HttpResponseRedirect(reverse("admin:clvrec_snapshot_changelist"))


def _activated(request: HttpRequest, chosen: Snapshot) -> HttpResponse:
    from django_clvrec.pipeline import activate  # pages that only show need none of it

    try:
        replaced = activate(chosen)
    except ClvrecError as error:
        messages.error(request, str(error))
    else:
        names = {"snapshot": chosen, "before": f"{chosen.source} #{replaced}"}
        if replaced is None:
            audit.note(chosen, request.user.pk, _("Made live; nothing was live before."))
        else:
            audit.note(chosen, request.user.pk, _("Made live in place of %(before)s.") % names)
        messages.success(request, _("%(snapshot)s is live now.") % names)
    return HttpResponseRedirect(reverse("admin:clvrec_snapshot_changelist"))


def _rows(live: Snapshot | None, chosen: Snapshot) -> Iterator[tuple[str, str, str]]:
    """A name, its value in what is live, and in what would be."""
    pair = (live, chosen)

    def row(name: Any, value: Any) -> tuple[str, str, str]:
        before, now = (value(one) if one else "–" for one in pair)
        return str(name), before, now

    yield row(_("Orders up to"), lambda one: _date(one.as_of))
    yield row(_("Finished"), lambda one: _date(one.finished_at))
    yield row(_("Customers"), lambda one: _count(one.report.get("customers")))
    for tier in Tier:
        name = _("Customers of tier “%(tier)s”") % {"tier": tier.label}
        yield row(name, lambda one, tier=tier: _count(one.report.get("tiers", {}).get(tier.value)))
    yield row(_("Lists"), lambda one: _count(one.report.get("recommendations")))


def _date(value: Any) -> str:
    if not value:
        return "–"
    return date_format(local(value), "DATETIME_FORMAT")


def _count(value: Any) -> str:
    return "–" if value is None else str(floatformat(value, "0g"))


def verdict(snapshot: Snapshot) -> dict[str, Any]:
    """Whether it may go live, and if the gate held it back, its figures beside the live one's."""
    live = Snapshot.objects.live(snapshot.source).first()
    is_held = snapshot.state == Snapshot.State.HELD
    return {
        "live": live,
        "is_live": snapshot == live,
        "is_held": is_held,
        "may_go_live": snapshot.state in ALLOWED and snapshot != live,
        "measures": _told(snapshot, live) if is_held and live else [],
    }


def _told(snapshot: Snapshot, live: Snapshot) -> list[dict[str, Any]]:
    """What the quality gate compares, in words, with what fell below its bound marked."""
    if not snapshot.report or not live.report:
        return []
    bounds = get_config()["QUALITY_GATE"]
    return [
        {
            "name": _name(one),
            "digits": "3g" if one.bound == "ndcg" else "0g",
            "before": one.before,
            "now": one.now,
            "share": 100 * one.now / one.before if one.before else None,
            "least": 100 * bounds[one.bound] if one.bound in bounds else None,
            "falls": one.falls(bounds),
        }
        for one in measured(snapshot.report, live.report)
    ]


def _name(one: Measure) -> str:
    where = {"where": one.where}
    return {
        "customers": _("Customers"),
        "lists": _("Lists"),
        "coverage": _("Different items listed at %(where)s") % where,
        "ndcg": _("NDCG of %(where)s") % where,
    }[one.bound]


def chosen_one(request: HttpRequest, chosen: QuerySet[Snapshot]) -> HttpResponse | None:
    """The action of the list: lead to the page that asks."""
    if len(chosen) != 1:
        messages.warning(request, _("Choose one snapshot."))
        return None
    return HttpResponseRedirect(reverse("admin:clvrec_snapshot_activate", args=[chosen[0].pk]))
