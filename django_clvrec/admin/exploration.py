"""What was learnt of the items that newcomers see."""

from django.contrib import admin
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.base import ReadOnly
from django_clvrec.models import BanditArm


@admin.register(BanditArm)
class BanditArmAdmin(ReadOnly):
    """Shows and clicks by item, the most seen first; as of the day when they last changed."""

    list_display = ("item_key", "level", "context", "seen", "clicks", "click_rate", "updated_at")
    list_filter = ("level", "context")
    search_fields = ("item_key__startswith",)
    ordering = ("-shown",)

    @admin.display(description=_("shown"), ordering="shown")
    def seen(self, row: BanditArm) -> str:
        return str(floatformat(row.shown, "1g"))

    @admin.display(description=_("clicked"), ordering="clicked")
    def clicks(self, row: BanditArm) -> str:
        return str(floatformat(row.clicked, "1g"))

    @admin.display(description=_("click rate"))
    def click_rate(self, row: BanditArm) -> str:
        return f"{floatformat(100 * row.clicked / row.shown, 1)} %" if row.shown else "–"
