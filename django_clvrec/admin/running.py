"""Run control: start a refresh, watch how far it is, cancel it."""

import time
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from django_clvrec import audit, locks
from django_clvrec.exceptions import RefreshRunning
from django_clvrec.models import Snapshot
from django_clvrec.office.panel import ASKED, asked, may_run, may_view
from django_clvrec.office.states import run_states
from django_clvrec.sources import get_source


def urls(pages: "ModelAdmin[Snapshot]") -> list[URLPattern]:
    """The addresses of the panel's buttons, and of its progress."""

    def wrap(view: Any) -> Any:
        return pages.admin_site.admin_view(view)

    refresh: Any = wrap(require_POST(refresh_view))
    # a refresh commits as it goes, whichever databases it reads and writes
    for alias in connections:
        refresh = transaction.non_atomic_requests(using=alias)(refresh)
    return [
        path("refresh/", refresh, name="clvrec_snapshot_refresh"),
        path("cancel/", wrap(require_POST(cancel_view)), name="clvrec_snapshot_cancel"),
        path("progress/", wrap(require_GET(progress_view)), name="clvrec_snapshot_progress"),
    ]


def progress_view(request: HttpRequest) -> HttpResponse:
    """Where each source stands, for scripts that ask every second or two; no cache keeps it."""
    if not may_view(request):
        raise PermissionDenied
    runs = run_states(asked(request), may_run=may_run(request))
    return JsonResponse({"sources": [run.to_json() for run in runs]})


def refresh_view(request: HttpRequest) -> HttpResponse:
    """Hand a refresh to Celery; where tasks run at once, this takes as long as the refresh."""
    if not may_run(request):
        raise PermissionDenied
    try:
        level, told = _start(request)
    except Exception as error:  # noqa: BLE001 - a message, whatever broker or task say
        level, told = messages.ERROR, str(error)
    return _answer(request, level, told)


def cancel_view(request: HttpRequest) -> HttpResponse:
    """Ask a running refresh to end."""
    if not may_run(request):
        raise PermissionDenied
    chosen = request.POST.get("snapshot", "")
    found = Snapshot.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
    if found is None:
        return _answer(request, messages.ERROR, _("There is no such refresh."))
    if locks.ask_to_end(found.pk, request.user.get_username()):
        audit.note(found, request.user.pk, _("Cancelled this refresh."))
        told = _("The refresh is cancelled. It ends at its next step; what is live stays live.")
        return _answer(request, messages.SUCCESS, told)
    if found.state == Snapshot.State.RUNNING:
        told = _("It is cancelled already, and ends at its next step.")
    else:
        told = _("It has ended already, so there was nothing to cancel.")
    return _answer(request, messages.WARNING, told)


def _start(request: HttpRequest) -> tuple[int, str]:
    """What is to be told of a refresh that was started, or has run at once."""
    # what only this needs, and a process that starts need not wait for
    from celery.result import EagerResult

    from django_clvrec.tasks import hand_over

    source = get_source(request.POST.get("source")).name
    try:
        locks.refuse_second(source)  # else it would wait in the queue, and train all again
    except RefreshRunning as refusal:
        return messages.WARNING, str(refusal)
    [run] = [one for one in run_states(asked(request), may_run=True) if one.source == source]
    if run.is_busy and not run.is_late:  # the button was pressed twice
        return messages.WARNING, run.said
    last = Snapshot.objects.filter(source=source).aggregate(last=Max("pk"))["last"]
    result = hand_over(source, request.user.pk)
    if not isinstance(result, EagerResult):
        request.session[ASKED] = {**asked(request), source: (time.time(), last or 0)}
        return messages.SUCCESS, _("The refresh was handed to Celery.")
    report = result.get()  # it may have been refused, or have failed
    if "refused" in report:
        return messages.WARNING, report["refused"]
    if "cancelled" in report:
        return messages.WARNING, _("The refresh was cancelled. What was live stays live.")
    return messages.SUCCESS, _("The refresh has finished.")


def _answer(request: HttpRequest, level: int, told: str) -> HttpResponse:
    """JSON for the panel's script; otherwise a message on the page that the button was on."""
    if request.accepts("text/html"):
        messages.add_message(request, level, told)
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
            back = reverse("admin:clvrec_snapshot_changelist")
        return HttpResponseRedirect(back)
    return JsonResponse({"message": told, "level": messages.DEFAULT_TAGS[level]})
