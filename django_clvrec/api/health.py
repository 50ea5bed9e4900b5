"""`GET health/live/`, `health/ready/`, `health/fresh/`: for load balancers and for monitoring.

Plain views, so that a probe asks neither for a session nor for anything else that may be away.
Whoever may not watch is told the status and no more.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import Error
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from django_clvrec.conf import get_config, load_class
from django_clvrec.models import SourceState, write_database
from django_clvrec.sources import registered

OK, UNAVAILABLE, NO_SNAPSHOT, STALE = "ok", "unavailable", "no_snapshot", "stale"


@require_safe
def live(_: HttpRequest) -> JsonResponse:
    """The process answers. No query."""
    return _answer(OK, is_well=True)


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The database is there, with the tables of this version. Two queries.

    Without a live snapshot it is ready too, and says so: visitors get empty lists, as they should.
    """
    try:
        missing = _missing_migrations()
        sources = _sources()
    except Error as error:
        return _told(request, UNAVAILABLE, {"database": type(error).__name__}, is_well=False)
    if missing:
        return _told(request, UNAVAILABLE, {"database": OK, "missing": missing}, is_well=False)
    is_empty = any(one["snapshot"] is None for one in sources.values())
    details = {"database": OK, "sources": sources}
    return _told(request, NO_SNAPSHOT if is_empty else OK, details, is_well=True)


@require_safe
def fresh(request: HttpRequest) -> JsonResponse:
    """Of each source a snapshot is live that is not older than FRESH_HOURS. One query."""
    try:
        sources = _sources()
    except Error as error:
        return _told(request, UNAVAILABLE, {"database": type(error).__name__}, is_well=False)
    most = get_config()["FRESH_HOURS"]
    ages = [one["hours"] for one in sources.values()]
    details = {"fresh_hours": most, "sources": sources}
    if not ages or None in ages:
        return _told(request, NO_SNAPSHOT, details, is_well=False)
    status = OK if max(ages) <= most else STALE
    return _told(request, status, details, is_well=status == OK)


def may_watch(request: HttpRequest) -> bool:
    """Whether the sender has the token of METRICS, or may inspect.

    Where nobody can tell, because the database is away, the sender may not.
    """
    token = (get_config()["METRICS"] or {}).get("token")
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and constant_time_compare(sent.strip(), token):
        return True
    try:
        return bool(load_class("POLICY")().may_inspect(request))
    except Error:
        return False


def _sources() -> dict[str, dict[str, Any]]:
    """The live snapshot of each source and its age, or None for both. One query."""
    rows = SourceState.objects.filter(source__in=registered()).values_list(
        "source", "live_id", "live__finished_at", "live__started_at"
    )
    now, found = timezone.now(), dict.fromkeys(registered(), (None, None))
    known = {source: (pk, ended or began) for source, pk, ended, began in rows}
    return {
        source: {
            "snapshot": snapshot,
            "hours": round((now - made).total_seconds() / 3600, 2) if made else None,
        }
        for source, (snapshot, made) in (found | known).items()
    }


def _missing_migrations() -> list[str]:
    """Those of this version that the database lacks. One query."""
    rows = MigrationRecorder.Migration.objects.using(write_database()).filter(app="clvrec")
    return sorted(_migrations() - {*rows.values_list("name", flat=True)})


@cache
def _migrations() -> frozenset[str]:
    """Names of the migrations of this version; none where the host does without."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(name for app, name in loader.disk_migrations if app == "clvrec")


def _told(
    request: HttpRequest, status: str, details: Mapping[str, Any], *, is_well: bool
) -> JsonResponse:
    return _answer(status, details if may_watch(request) else {}, is_well=is_well)


def _answer(
    status: str, details: Mapping[str, Any] | None = None, *, is_well: bool
) -> JsonResponse:
    response = JsonResponse({"status": status, **(details or {})}, status=200 if is_well else 503)
    add_never_cache_headers(response)
    return response
