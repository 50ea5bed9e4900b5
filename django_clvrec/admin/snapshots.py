"""Snapshots: what each refresh found, which one is live, and two buttons."""

from typing import Any

from celery.result import EagerResult
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from django_clvrec.admin import pages
from django_clvrec.admin.base import ReadOnly
from django_clvrec.exceptions import ClvrecError
from django_clvrec.models import Snapshot
from django_clvrec.office.dashboard import snapshot_page
from django_clvrec.sources import registered


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
        return f"{snapshot.report['customers']:,}" if snapshot.report else "–"

    @admin.display(description=_("lists"))
    def lists(self, snapshot: Snapshot) -> str:
        return f"{snapshot.report['recommendations']:,}" if snapshot.report else "–"

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
        return f"{snapshot.stage}{share}"

    @admin.display(description=_("note"))
    def note(self, snapshot: Snapshot) -> str:
        return self.progress(snapshot) or snapshot.error.partition("\n")[0][:120]

    def may_run(self, request: HttpRequest) -> bool:
        """Starting a refresh and choosing what is live need the permission to change."""
        return request.user.has_perm("clvrec.change_snapshot")

    has_run_permission = may_run

    @admin.action(description=_("Make live (roll back)"), permissions=["run"])
    def activate(self, request: HttpRequest, chosen: QuerySet[Snapshot]) -> None:
        from django_clvrec.pipeline import activate  # pages that only show need no Arrow

        if len(chosen) != 1:
            self.message_user(request, _("Choose one snapshot."), messages.WARNING)
            return
        try:
            activate(chosen[0])
        except ClvrecError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, chosen[0], [{"changed": {"fields": ["live"]}}])
            self.message_user(request, _("%s is live now.") % chosen[0], messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        refresh = self.admin_site.admin_view(require_POST(self.refresh_view))
        # a refresh commits as it goes, whichever databases it reads and writes
        for alias in connections:
            refresh = transaction.non_atomic_requests(using=alias)(refresh)
        return [
            path("refresh/", refresh, name="clvrec_snapshot_refresh"),
            *pages.urls(self),
            *super().get_urls(),
        ]

    def refresh_view(self, request: HttpRequest) -> HttpResponse:
        """Hand a refresh to Celery; the list of snapshots shows its progress."""
        from django_clvrec.tasks import hand_over

        if not self.may_run(request):
            raise PermissionDenied
        try:
            result = hand_over(request.POST.get("source"))
            # it may have run at once, and then it may have been refused or have failed at once
            report = result.get() if isinstance(result, EagerResult) else None
        except Exception as error:  # noqa: BLE001 - a message, whatever broker or task say
            self.message_user(request, str(error), messages.ERROR)
        else:
            if report is None:
                self.message_user(request, _("The refresh was handed to Celery."), messages.SUCCESS)
            elif "refused" in report:
                self.message_user(request, report["refused"], messages.WARNING)
            else:
                self.message_user(request, _("The refresh has finished."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:clvrec_snapshot_changelist"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"may_run": self.may_run(request), "sources": list(registered())}
        return super().changelist_view(request, extra | (extra_context or {}))

    def page_context(self, row: Snapshot) -> dict[str, Any]:
        return snapshot_page(row)
