"""What can be done on the page of one customer: see the shop as they do, erase what is kept."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from django_clvrec import preview
from django_clvrec.models import CustomerScore
from django_clvrec.privacy import erase
from django_clvrec.pseudonyms import is_on, stored_key

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def row_of(admin: "ModelAdmin[CustomerScore]", request: HttpRequest, pk: int) -> CustomerScore:
    """The same refusal for who may not be seen and for who is not there."""
    rows = CustomerScore.objects.select_related("snapshot")
    found: CustomerScore | None = rows.filter(pk=pk).first()
    if found is not None and admin.has_view_permission(request, found):
        return found
    if not admin.has_view_permission(request):
        raise PermissionDenied
    raise Http404(_("There is no such customer."))


def single_urls(admin: "ModelAdmin[CustomerScore]") -> list[URLPattern]:
    """Each asks for the permission to view customers; to erase has one of its own."""

    @require_POST
    def look(request: HttpRequest, pk: int) -> HttpResponse:
        """To the shop, where lists are now those of this customer."""
        row = row_of(admin, request, pk)
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
        row = row_of(admin, request, pk)
        if not request.user.has_perm("clvrec.erase_customer"):
            raise PermissionDenied
        if request.method == "POST":
            objects = request.POST.get("stays_out") == "on"
            found = erase(row.customer_key, row.snapshot.source, stays_out=objects)
            # in the history of the snapshot, where no key has to be told
            admin.log_change(request, row.snapshot, _("Erased a customer."))  # type: ignore[arg-type]
            told = _("Erased: %(count)d rows of one customer.") % {"count": found.total}
            messages.success(request, told)
            response = HttpResponseRedirect(reverse("admin:clvrec_customerscore_changelist"))
            shown = preview.customer_of(request, lambda _request, _key: True)
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
