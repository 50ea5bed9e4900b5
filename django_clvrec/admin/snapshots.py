"""Snapshots: what each refresh found, and which one is live."""

from textwrap import shorten
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin import activation, running
from django_clvrec.admin.base import ReadOnly
from django_clvrec.admin.plots import bars
from django_clvrec.admin.stages import words
from django_clvrec.core.evaluation.names import ALL, SERVED
from django_clvrec.models import Snapshot, segment_label

LONGEST_NOTE = 80


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    """Watch refreshes, roll back to an earlier snapshot, start a refresh."""

    list_display = (
        "__str__", "state", "note", "is_live", "customers", "started_at", "duration",
    )  # fmt: skip
    list_filter = ("state", "source")
    list_select_related = ("live_of",)
    actions = ("activate",)
    change_list_template = "admin/clvrec/snapshot/change_list.html"
    change_form_template = "admin/clvrec/snapshot/change_form.html"
    fields = (
        "source", "engine", "state", "is_live", "as_of", "started_at", "finished_at",
        "duration", "progress", "customers", "lists", "error",
    )  # fmt: skip
    readonly_fields = ("is_live", "duration", "progress", "customers", "lists")

    @admin.display(description=_("live"), boolean=True)
    def is_live(self, snapshot: Snapshot) -> bool:
        return bool(getattr(snapshot, "live_of", None))

    @admin.display(description=_("customers"))
    def customers(self, snapshot: Snapshot) -> str:
        return floatformat(snapshot.report["customers"], "0g") if snapshot.report else "–"

    @admin.display(description=_("lists"))
    def lists(self, snapshot: Snapshot) -> str:
        return floatformat(snapshot.report["recommendations"], "0g") if snapshot.report else "–"

    @admin.display(description=_("duration"))
    def duration(self, snapshot: Snapshot) -> str:
        if snapshot.finished_at is None:
            return "–"
        return str(snapshot.finished_at - snapshot.started_at).split(".")[0]

    @admin.display(description=_("progress"))
    def progress(self, snapshot: Snapshot) -> str:
        if snapshot.state != Snapshot.State.RUNNING:
            return ""
        share = f" {100 * snapshot.done // snapshot.total} %" if snapshot.total else ""
        return f"{words(snapshot.stage)}{share}"

    @admin.display(description=_("note"))
    def note(self, snapshot: Snapshot) -> str:
        first = snapshot.error.partition("\n")[0]
        return self.progress(snapshot) or shorten(first, LONGEST_NOTE, placeholder=" …")

    def has_activate_permission(self, request: HttpRequest) -> bool:
        return activation.may_activate(request)

    @admin.action(description=_("Make live (roll back)"), permissions=["activate"])
    def activate(self, request: HttpRequest, chosen: QuerySet[Snapshot]) -> HttpResponse | None:
        return activation.chosen_one(request, chosen)

    def get_urls(self) -> list[URLPattern]:
        return [*running.urls(self), *activation.urls(self), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"panel": running.run_panel(request)}
        return super().changelist_view(request, extra | (extra_context or {}))

    def page_context(self, row: Snapshot) -> dict[str, Any]:
        shown = {"report": row.report, "boards": _boards(row.report)} | _customers(row.report)
        return shown | {"verdict": activation.verdict(row)}


def _customers(report: dict[str, Any]) -> dict[str, Any]:
    """Segments by label, and how right forecasts would have been, with a picture."""
    sizes = report.get("segments", {})
    calibration = report.get("lifetime", {}).get("calibration", {})
    rows = calibration.get("deciles", [])
    series = {
        str(label): [row[key] for row in rows]
        for label, key in ((_("forecast"), "forecast"), (_("bought"), "bought"))
    }
    title = _("Orders by tenth of customers, the lowest forecast first")
    return {
        "segments": [(segment_label(name), size) for name, size in sizes.items()],
        "cohorts": [
            {
                **cohort,
                "total": sum(cohort["revenue"]),
                "percent": [round(100 * share) for share in cohort["retention"]],
            }
            for cohort in report.get("cohorts", [])
        ],
        "plot": bars(str(title), [row["group"] for row in rows], series) if rows else "",
    }


def _boards(report: dict[str, Any]) -> list[dict[str, Any]]:
    """By level and intent: who serves each tier, and all customers' leaderboard, best first."""
    found = []
    for level, served in report.get("served", {}).items():
        for intent, by_tier in served.items():
            rows = [
                row
                | {"ndcg": row["ndcg@10"], "recall": row["recall@10"], "hit": row["hit@10"]}
                | {"coverage": row.get("coverage@10")}
                for row in report.get("leaderboard", [])
                if (row["level"], row["intent"], row["tier"]) == (level, intent, ALL)
            ]
            rows.sort(key=lambda row: (row["name"] != SERVED, -row["ndcg"]))
            found.append({"level": level, "intent": intent, "served": by_tier, "rows": rows})
    return found
