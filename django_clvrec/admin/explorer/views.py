"""The addresses of the page of customers, and who may use each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from django_clvrec.admin.base import OfCustomers, ReadOnly
from django_clvrec.admin.explorer.comparing import comparison_context
from django_clvrec.admin.explorer.context import page_context, population_for, reading_of
from django_clvrec.admin.explorer.exporting import csv_response
from django_clvrec.admin.explorer.words import figures, query
from django_clvrec.groups import summary
from django_clvrec.models import CustomerGroup, write_database

EXPORT, SAVE, DELETE = (
    "clvrec.export_customerscore", "clvrec.add_customergroup", "clvrec.delete_customergroup",
)  # fmt: skip
NAME_LENGTH = 200
MOST_QUERY = 8 * 1024
"""Characters behind the question mark."""
View = Callable[..., HttpResponseBase]


def is_long(request: HttpRequest) -> bool:
    """Whether more is asked than anybody chooses; each condition is told, and linked, again."""
    return len(request.META.get("QUERY_STRING", "")) > MOST_QUERY


def _refused() -> HttpResponse:
    told = _("The address is longer than %d characters. Choose fewer conditions.") % MOST_QUERY
    return HttpResponseBadRequest(told, content_type="text/plain; charset=utf-8")


class Explorer(OfCustomers, ReadOnly):
    """In place of the admin's list of customers, which counts all rows for each page."""

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: View, name: str, *permissions: str) -> URLPattern:
            wrapped = self.admin_site.admin_view(self._for_viewers(view, permissions))
            return path(route, wrapped, name=f"clvrec_customerscore_{name}")

        return [
            at("count/", require_GET(self.count_view), "count"),
            at("compare/", require_GET(self.compare_view), "compare"),
            at("export/", require_GET(self.export_view), "export", EXPORT),
            at("groups/save/", require_POST(self.save_view), "save_group", SAVE),
            at("groups/<int:pk>/delete/", require_POST(self.delete_view_of_group), "delete_group",
               DELETE),
            *super().get_urls(),
        ]  # fmt: skip

    def _for_viewers(self, view: View, permissions: tuple[str, ...]) -> View:
        """Every address needs the permission to view customers; some need one more."""

        def checked(request: HttpRequest, **options: Any) -> HttpResponseBase:
            if is_long(request):
                return _refused()
            may_view = self.has_view_permission(request)
            if not (may_view and request.user.has_perms(permissions)):
                raise PermissionDenied
            return view(request, **options)

        return checked

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if is_long(request):
            return _refused()
        may = {"export": EXPORT, "save": SAVE, "delete": DELETE}
        extra = page_context(request) | {
            "title": _("Customers"),
            "may": {name: request.user.has_perm(one) for name, one in may.items()},
        }
        return self._page(request, "explorer.html", extra | (extra_context or {}))

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        common = self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, f"admin/clvrec/customerscore/{template}", common | context)

    def count_view(self, request: HttpRequest) -> HttpResponse:
        """The size of a group and its figures, in words, for the page's script."""
        population, _sources = population_for(request)
        reading = reading_of(request, population)
        if reading.conditions is None:
            return JsonResponse({"faults": reading.faults}, status=400)
        found = summary(population, reading.conditions)
        return JsonResponse(
            {
                "customers": found.customers,
                "is_exact": found.is_exact,
                "figures": figures(found),
                "query": query(population, reading.conditions),
            }
        )

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Two groups side by side."""
        population, _sources = population_for(request)
        extra = comparison_context(request, population) | {"title": _("Two groups compared")}
        return self._page(request, "compare.html", extra)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """A group as a file; nothing where a condition is wrong, for it would be another group."""
        population, _sources = population_for(request)
        reading = reading_of(request, population)
        if reading.conditions is None or reading.unknown:
            unknown = [_("There is no condition “%s”.") % name for name in reading.unknown]
            text = "\n".join([*reading.faults, *unknown])
            return HttpResponseBadRequest(text, content_type="text/plain; charset=utf-8")
        if population.snapshot is None:
            return HttpResponseNotFound(
                _("No snapshot is live."), content_type="text/plain; charset=utf-8"
            )
        return csv_response(request, population, population.snapshot, reading.conditions)

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the conditions of the page under a name."""
        population, sources = population_for(request)
        if request.POST.get("source") not in sources:
            return HttpResponseBadRequest(_("There is no such source."))
        known = ("source", "name", "csrfmiddlewaretoken")
        reading, name = population.read(request.POST, known), request.POST.get("name", "").strip()
        faults = reading.faults + [
            _("There is no condition “%s”.") % one for one in reading.unknown
        ]
        if not name or len(name) > NAME_LENGTH or "\0" in name:
            faults.append(_("Give the group a name of up to %d characters.") % NAME_LENGTH)
        elif reading.conditions is not None and not reading.unknown:
            faults += self._save(request, population.source, name, reading.conditions.parameters())
        for fault in faults:
            self.message_user(request, fault, messages.ERROR)
        return self._back(query(population, reading.conditions))

    def _save(
        self, request: HttpRequest, source: str, name: str, conditions: dict[str, Any]
    ) -> list[str]:
        """Faults; none where it is saved."""
        try:
            with transaction.atomic(using=write_database()):
                group = CustomerGroup.objects.create(
                    source=source, name=name, conditions=conditions
                )
        except IntegrityError:
            return [_("There is a group “%s” already. Choose another name.") % name]
        self.log_addition(request, group, [{"added": {}}])
        self.message_user(request, _("The group “%s” is saved.") % name, messages.SUCCESS)
        return []

    def delete_view_of_group(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget a saved group; no customer is touched."""
        group = CustomerGroup.objects.filter(pk=pk).first()
        if group is None:
            return HttpResponseNotFound(
                _("There is no such group."), content_type="text/plain; charset=utf-8"
            )
        self.log_deletions(request, CustomerGroup.objects.filter(pk=pk))
        group.delete()
        self.message_user(request, _("The group “%s” is deleted.") % group, messages.SUCCESS)
        population, _sources = population_for(request)
        return self._back(query(population, None))

    def _back(self, asked: str) -> HttpResponse:
        address = reverse("admin:clvrec_customerscore_changelist", current_app=self.admin_site.name)
        return HttpResponseRedirect(f"{address}?{asked}")
