"""Rules of the shop window: what is moved, pinned or hidden, for whom and how long."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.base import Office
from django_clvrec.admin.fields import level_choices, tiers_field
from django_clvrec.models import MerchandisingRule


class Keys(forms.CharField):
    """Keys with commas between them, kept as a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [key.strip() for key in (value or "").split(",") if key.strip()]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule as an admin thinks of it."""

    level = forms.ChoiceField(label=capfirst(_("level")))
    items = Keys(
        label=capfirst(_("items")), help_text=_("Keys with commas between; empty: any item.")
    )
    categories = Keys(
        label=capfirst(_("categories")), help_text=_("Keys with commas between; empty: any.")
    )
    tiers = tiers_field()

    class Meta:
        model = MerchandisingRule
        fields = (
            "name", "is_active", "source", "level", "action", "items", "categories", "tiers",
            "price_from", "price_to", "starts_at", "ends_at", "factor", "position",
        )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["level"]
        field.choices = level_choices(self.instance.level)


@admin.register(MerchandisingRule)
class MerchandisingRuleAdmin(Office):
    """Boost, pin or hide; it holds from the next page on, or when caches are CACHE_SECONDS old."""

    form = RuleForm
    list_display = ("name", "is_active", "action", "level", "starts_at", "ends_at")
    list_filter = ("is_active", "action", "level")
    search_fields = ("name",)
