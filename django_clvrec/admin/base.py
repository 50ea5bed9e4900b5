"""What pages here share: more than the fields of a row, and that most are not edited by hand."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.db.models import DateTimeField
from django.forms import SplitDateTimeField
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from django_clvrec.admin.fields import DateAndTime
from django_clvrec.conf import load_class
from django_clvrec.office.bounds import BoundedPaginator

if not TYPE_CHECKING and apps.is_installed("unfold"):
    Admin = import_string("unfold.admin.ModelAdmin")  # its templates expect its own class
else:
    Admin = admin.ModelAdmin


class Office(Admin):  # type: ignore[type-arg]
    """What all pages share: looks, and no count that grows with the table."""

    show_full_result_count = False
    formfield_overrides: ClassVar[Any] = {
        DateTimeField: {"form_class": SplitDateTimeField, "widget": DateAndTime}
    }

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("clvrec/back_office.css",)}


class WithContext(Office):
    """The page of one row shows more than its fields."""

    def page_context(self, row: Any) -> dict[str, Any]:
        """What the page of one row shows besides its fields."""
        return {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None
        extra = self.page_context(row) if row and self.has_view_permission(request, row) else {}
        return super().changeform_view(request, object_id, form_url, extra | (extra_context or {}))


class OfCustomers(Office):
    """Rows about customers: only for whom the policy lets see them, besides the permission."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_view_permission(request, obj):
            return False
        policy = load_class("POLICY")()
        if obj is None:
            return bool(policy.may_inspect(request))
        return bool(policy.may_inspect_customer(request, obj.customer_key))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """None for who may not be seen, as for who is not there."""
        found = super().get_object(request, object_id, from_field)
        return found if found is None or self.has_view_permission(request, found) else None


class ReadOnly(WithContext):
    """Look, filter and search; never add, edit or delete: a refresh would overwrite it."""

    paginator = BoundedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
