"""What pages here share: more than the fields of a row, and that most are not edited by hand."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

if not TYPE_CHECKING and apps.is_installed("unfold"):
    Admin = import_string("unfold.admin.ModelAdmin")  # its templates expect its own class
else:
    Admin = admin.ModelAdmin


class WithContext(Admin):  # type: ignore[type-arg]
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


class ReadOnly(WithContext):
    """Look, filter and search; never add, edit or delete: a refresh would overwrite it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
