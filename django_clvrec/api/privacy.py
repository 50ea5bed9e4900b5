"""For staff: what is held about one customer, and its end."""

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_clvrec import audit
from django_clvrec.api.base import Endpoint
from django_clvrec.api.permissions import MayInspectCustomer, asked_source
from django_clvrec.api.serializers import EraseQuery, SourceQuery
from django_clvrec.api.views import Customer, asked
from django_clvrec.models import Snapshot
from django_clvrec.privacy import erase, held_json


class MayErase(BasePermission):
    """Only who may erase customers."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("clvrec.erase_customer")


class MayExport(BasePermission):
    """Only who may take data of customers out."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("clvrec.export_customerscore")


class ErasableCustomer(Customer):
    """One customer of the live snapshot; DELETE erases one from everything that is kept."""

    def get_permissions(self) -> list[Any]:
        more = [MayErase()] if self.request.method == "DELETE" else []
        return [*super().get_permissions(), *more]

    def delete(self, request: Request, key: str) -> Response:
        """Rows removed by what they were: none for who was erased before, or never known."""
        query = asked(EraseQuery, request)
        source = asked_source(self, query.get("source"))
        found = erase(key, source, stays_out=query["stays_out"])
        _note(source, request, _("Erased a customer."))
        return Response({"rows": {name: count for name, count in found.rows.items() if count}})


class Held(Endpoint):
    """All that is held about one customer, for who asks for it."""

    permission_classes = (MayInspectCustomer, MayExport)

    def get(self, request: Request, key: str) -> StreamingHttpResponse:
        source = asked_source(self, asked(SourceQuery, request).get("source"))
        _note(source, request, _("Downloaded what is held about a customer."))
        return StreamingHttpResponse(
            held_json(key, source),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )


def _note(source: str, request: Request, told: str) -> None:
    """In the history of the live snapshot, where no key has to be told."""
    live = Snapshot.objects.live(source).first()
    if live is not None:
        audit.note(live, request.user.pk, told)
