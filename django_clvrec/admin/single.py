"""What can be done on the page of one customer: see the shop as they do, erase what is kept."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from django_clvrec import preview
from django_clvrec.models import CustomerScore
from django_clvrec.office.erasing import erase
from django_clvrec.pseudonyms import is_on, stored_key

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


REPR_LENGTH = 200
"""So much of a key the history keeps."""


def forget_in_history(customer_key: str) -> None:
    """Take the key out of the admin's history, which keeps who did what."""
    kind = ContentType.objects.get_for_model(CustomerScore)
    entries = LogEntry.objects.filter(content_type=kind, object_repr=customer_key[:REPR_LENGTH])
    entries.update(object_repr="–")


def single_urls(admin: "ModelAdmin[CustomerScore]") -> list[URLPattern]:
    """Each asks for the permission to view customers; to erase has one of its own."""

    def row_of(request: HttpRequest, pk: int) -> CustomerScore:
        if not admin.has_view_permission(request):
            raise PermissionDenied
        found: CustomerScore = get_object_or_404(
            CustomerScore.objects.select_related("snapshot"), pk=pk
        )
        return found

    @require_POST
    def look(request: HttpRequest, pk: int) -> HttpResponse:
        """To the shop, where lists are now those of this customer."""
        row = row_of(request, pk)
        # a pseudonym cannot be turned back: whoever looks has to know the key
        key = request.POST.get("key", "").strip() if is_on() else row.customer_key
        if stored_key(key) != row.customer_key:
            messages.error(request, _("This is not the key that the customer has in the shop."))
            return HttpResponseRedirect(reverse("admin:clvrec_customerscore_change", args=[pk]))
        response = HttpResponseRedirect(admin.admin_site.site_url or "/")
        preview.begin(request, response, key)
        admin.log_change(request, row, _("Looked at the shop as this customer sees it."))
        return response

    @require_POST
    def leave(_request: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect(reverse("admin:clvrec_customerscore_changelist"))
        preview.end(response)
        return response

    @require_http_methods(["GET", "POST"])
    def remove(request: HttpRequest, pk: int) -> HttpResponse:
        """Asks first, and then erases."""
        row = row_of(request, pk)
        if not request.user.has_perm("clvrec.erase_customer"):
            raise PermissionDenied
        if request.method == "POST":
            count = erase(row.snapshot.source, row.customer_key)
            forget_in_history(row.customer_key)
            # in the history of the snapshot, where no key has to be told
            admin.log_change(request, row.snapshot, _("Erased a customer."))  # type: ignore[arg-type]
            told = _("Erased: %(count)d rows of one customer.") % {"count": count}
            messages.success(request, told)
            response = HttpResponseRedirect(reverse("admin:clvrec_customerscore_changelist"))
            shown = preview.customer_of(request, lambda _request: True)
            if shown is not None and stored_key(shown) == row.customer_key:
                preview.end(response)
            return response
        context = admin.admin_site.each_context(request)
        context |= {"opts": CustomerScore._meta, "original": row, "title": _("Erase a customer")}
        return TemplateResponse(request, "admin/clvrec/customerscore/erase.html", context)

    view = admin.admin_site.admin_view
    return [
        path("preview/end/", view(leave), name="clvrec_customerscore_leave"),
        path("<int:pk>/preview/", view(look), name="clvrec_customerscore_preview"),
        path("<int:pk>/erase/", view(remove), name="clvrec_customerscore_erase"),
    ]
