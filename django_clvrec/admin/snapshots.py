"""Snapshots: what each refresh found, and which one is live."""

from textwrap import shorten
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin import activation, pages, running
from django_clvrec.admin.base import ReadOnly
from django_clvrec.models import Snapshot
from django_clvrec.office.dashboard import snapshot_page
from django_clvrec.office.panel import run_panel
from django_clvrec.office.stages import words

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
        ("source", "engine"), ("state", "is_live", "progress"), ("as_of", "duration"),
        ("started_at", "finished_at"), ("customers", "lists"), "error",
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
        mine = (*running.urls(self), *activation.urls(self), *pages.urls(self))
        return [*mine, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"panel": run_panel(request)}
        return super().changelist_view(request, extra | (extra_context or {}))

    def page_context(self, row: Snapshot) -> dict[str, Any]:
        return snapshot_page(row) | {"verdict": activation.verdict(row)}
