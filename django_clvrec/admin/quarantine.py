"""Items in quarantine: the evidence, and what is decided of them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_clvrec.admin.base import ReadOnly
from django_clvrec.models import Quarantine
from django_clvrec.quarantine.deciding import decide


@admin.register(Quarantine)
class QuarantineAdmin(ReadOnly):
    """Look at what newcomers pushed; let it count again, or keep it out."""

    list_display = ("item_key", "level", "first_day", "last_day", "evidence", "state", "decision")
    list_filter = ("state", "level", "source")
    search_fields = ("item_key",)
    actions = ("let_count", "keep_out")
    fields = (
        ("source", "level", "item_key"), ("first_day", "last_day"), "evidence", "state",
        ("decision", "found_at"),
    )  # fmt: skip
    readonly_fields = ("evidence", "decision")

    @admin.display(description=gettext_lazy("evidence"))
    def evidence(self, row: Quarantine) -> str:
        text = (
            _(
                "%(newcomers)s of %(buyers)s buyers had no order that was %(days)s days old; "
                "%(usual)s of them were to be expected. By chance: %(chance)s."
            )
            if not row.orders_before
            else _(
                "%(newcomers)s of %(buyers)s buyers had no second day with an order that was "
                "%(days)s days old; %(usual)s of them were to be expected. By chance: %(chance)s."
            )
        )
        return text % {
            "newcomers": row.newcomers,
            "buyers": row.buyers,
            "days": row.days,
            "usual": f"{100 * row.usual:.0f} %",
            "chance": f"{row.chance:.0e}",
        }

    @admin.display(description=gettext_lazy("decided"))
    def decision(self, row: Quarantine) -> str:
        if row.decided_at is None:
            return "–"
        return f"{row.decided_by}, {date_format(row.decided_at, 'SHORT_DATETIME_FORMAT')}"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clvrec.change_quarantine")

    @admin.action(description=gettext_lazy("Let it count again"), permissions=["decide"])
    def let_count(self, request: HttpRequest, chosen: QuerySet[Quarantine]) -> None:
        self._decide(request, chosen, Quarantine.State.RELEASED)

    @admin.action(description=gettext_lazy("Keep it out"), permissions=["decide"])
    def keep_out(self, request: HttpRequest, chosen: QuerySet[Quarantine]) -> None:
        self._decide(request, chosen, Quarantine.State.CONFIRMED)

    def _decide(
        self, request: HttpRequest, chosen: QuerySet[Quarantine], state: Quarantine.State
    ) -> None:
        rows = list(chosen)
        decide(chosen, state, request.user)
        for row in rows:
            self.log_change(request, row, str(state.label))
        said = ngettext(
            "%(number)s item was decided on. It holds from the next refresh on.",
            "%(number)s items were decided on. It holds from the next refresh on.",
            len(rows),
        )
        self.message_user(request, said % {"number": len(rows)}, messages.SUCCESS)
