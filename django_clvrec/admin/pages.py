"""Pages beside those of single rows: pictures as files, and two snapshots side by side."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from django_clvrec.models import Snapshot
from django_clvrec.office import comparing, dashboard
from django_clvrec.office.pictures import as_csv, as_svg

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

FORMS = {"csv": as_csv, "svg": as_svg}


def urls(admin: "ModelAdmin[Snapshot]") -> list[URLPattern]:
    """What hangs under the admin of snapshots; each asks for the permission to view them."""

    @require_safe
    def picture(request: HttpRequest, pk: int, key: str, form: str) -> HttpResponse:
        _refuse(admin, request)
        found = dashboard.find(get_object_or_404(Snapshot, pk=pk), key)
        if found is None or form not in FORMS or (form == "svg" and not found.svg):
            raise Http404(_("There is no such picture."))
        return FORMS[form](found)

    @require_safe
    def compare(request: HttpRequest) -> HttpResponse:
        _refuse(admin, request)
        context = admin.admin_site.each_context(request) | comparing.page(request.GET)
        context |= {"opts": Snapshot._meta, "title": _("Compare snapshots")}
        return TemplateResponse(request, "admin/clvrec/snapshot/compare.html", context)

    view = admin.admin_site.admin_view
    return [
        path(
            "<int:pk>/picture/<slug:key>.<slug:form>", view(picture), name="clvrec_snapshot_picture"
        ),
        path("compare/", view(compare), name="clvrec_snapshot_compare"),
    ]


def _refuse(admin: "ModelAdmin[Snapshot]", request: HttpRequest) -> None:
    if not admin.has_view_permission(request):
        raise PermissionDenied
