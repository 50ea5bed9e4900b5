"""A group as CSV, sent while it is read, and a record of who took it."""

from collections.abc import Iterator
from dataclasses import replace

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from django_clvrec.admin.explorer.words import in_words
from django_clvrec.exports import csv_pages, members, places
from django_clvrec.groups import Conditions, Population
from django_clvrec.models import CustomerScore, Snapshot


def csv_response(
    request: HttpRequest, population: Population, snapshot: Snapshot, asked: Conditions
) -> StreamingHttpResponse | HttpResponse:
    """Rows in the order of keys; memory does not grow with them. So many at once, then 429."""
    place = places.take("export", request.user.pk)
    if place is None:
        return _too_many()
    entry = LogEntry.objects.create(
        user_id=request.user.pk or 0,
        content_type=ContentType.objects.get_for_model(CustomerScore),
        object_repr=f"{population.source}: {_without_key(asked)}"[:200],
        action_flag=CHANGE,
        change_message=_("Began to export."),
    )
    table = members(snapshot, population.queryset(asked))
    response = StreamingHttpResponse(
        _noted(csv_pages(table), entry, place), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="customers-{snapshot.pk}.csv"'
    response["X-Accel-Buffering"] = "no"  # a proxy that waits for the end would time out
    return response


def _too_many() -> HttpResponse:
    told = _("Other exports are running. Wait until one has ended, or run clvrec_export.")
    return HttpResponse(
        told,
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": f"{places.SECONDS}"},
    )


def _without_key(asked: Conditions) -> str:
    """The group in words, but for a key: who asks to be erased shall not stay in the history."""
    return in_words(replace(asked, q="…") if asked.q else asked)


def _noted(pages: Iterator[tuple[str, int]], entry: LogEntry, place: places.Place) -> Iterator[str]:
    """How many rows have left is noted at the end, also where whoever reads hangs up."""
    rows, is_whole = 0, False
    try:
        for text, more in pages:
            yield text
            rows += more
            place.keep()
        is_whole = True
    finally:
        place.give_back()
        told = _("Exported %d customers.") if is_whole else _("Exported %d customers, not all.")
        entry.change_message = told % rows
        entry.save(update_fields=["change_message"])
