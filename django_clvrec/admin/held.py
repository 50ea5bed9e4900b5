"""The page of one customer gives away all that is held about them, for who asks for it."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from django_clvrec.admin.single import row_of
from django_clvrec.models import CustomerScore
from django_clvrec.privacy import held_json

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def held_urls(admin: "ModelAdmin[CustomerScore]") -> list[URLPattern]:
    """It asks for the permissions to view and to export customers."""

    @require_POST
    def held(request: HttpRequest, pk: int) -> StreamingHttpResponse:
        if not request.user.has_perm("clvrec.export_customerscore"):
            raise PermissionDenied
        row = row_of(admin, request, pk)
        # in the history of the snapshot, where no key has to be told
        told = _("Downloaded what is held about a customer.")
        admin.log_change(request, row.snapshot, told)  # type: ignore[arg-type]
        return StreamingHttpResponse(
            held_json(row.customer_key, row.snapshot.source),
            content_type="application/json",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": 'attachment; filename="held.json"',
            },
        )

    view = admin.admin_site.admin_view
    return [path("<int:pk>/held/", view(held), name="clvrec_customerscore_held")]
