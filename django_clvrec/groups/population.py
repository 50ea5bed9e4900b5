"""Customers of a source as its live snapshot has them, and what is told of them for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import router
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from django_clvrec.cells import Cell, cells_of
from django_clvrec.exceptions import NoSource
from django_clvrec.groups.conditions import Conditions
from django_clvrec.groups.form import Reading, read
from django_clvrec.models import CustomerScore, Snapshot, SourceState, segment_label
from django_clvrec.pseudonyms import is_on
from django_clvrec.sources import PurchaseSource, get_source, registered
from django_clvrec.sources.buyers import buyers_of, has_comparable_keys
from django_clvrec.sources.parquet import ParquetPurchaseSource


def source_names() -> dict[str, bool]:
    """Sources that are registered or have a live snapshot, and whether they have one. One query."""
    live = SourceState.objects.exclude(live=None).order_by("source")
    found = dict.fromkeys(live.values_list("source", flat=True), True)
    return {name: name in found for name in registered()} | found


@dataclass(frozen=True)
class Population:
    """The customers that groups are taken from."""

    source: str
    snapshot: Snapshot | None

    @classmethod
    def of(cls, source: str) -> "Population":
        """The live one. One query."""
        return cls(source, Snapshot.objects.live(source).first())

    @cached_property
    def report(self) -> Mapping[str, Any]:
        return self.snapshot.report if self.snapshot else {}

    @cached_property
    def cells(self) -> list[Cell]:
        return cells_of(self.report)

    def has_in_cells(self, conditions: Conditions) -> bool:
        """Whether the cells tell all of a group."""
        return bool(self.cells) and conditions.are_of_cells

    @property
    def total(self) -> int | None:
        """All customers; None where the report does not say."""
        return self.report.get("customers")

    @property
    def segments(self) -> dict[str, int]:
        """Segments and their sizes, in the order of the table that the snapshot was made with."""
        return self.report.get("segments") or {}

    @cached_property
    def shop(self) -> PurchaseSource | None:
        try:
            return get_source(self.source)
        except NoSource:
            return None

    @cached_property
    def why_no_purchases(self) -> str:
        """Why purchases cannot be asked for; empty where they can."""
        shop = self.shop
        if shop is None:
            return _("The source is not registered any more, so its purchases cannot be asked.")
        if isinstance(shop, ParquetPurchaseSource):
            return _("Purchases of this source are a dataset, which no page can wait for.")
        if is_on():
            return _(
                "Customers’ keys are stored as pseudonyms, which the shop’s orders do not have."
            )
        if shop.rows().db != router.db_for_read(CustomerScore):
            return _("Purchases of this source are in another database than its snapshots.")
        if not has_comparable_keys(shop):
            return _("Keys of this source’s customers are of a kind that cannot be compared.")
        return ""

    def read(self, data: Mapping[str, Any], known: tuple[str, ...] = ()) -> Reading:
        """Conditions on these customers."""
        asked = data.getlist("segment") if hasattr(data, "getlist") else data.get("segment", [])
        names = dict.fromkeys([*self.segments, *asked])
        return read(
            data,
            known,
            segments=[(name, segment_label(name)) for name in names],
            levels=() if self.why_no_purchases or self.shop is None else self.shop.levels,
            why_not=self.why_no_purchases,
        )

    def everyone(self) -> QuerySet[CustomerScore]:
        """All rows of the snapshot; none where there is none."""
        rows = CustomerScore.objects.order_by()
        return rows.filter(snapshot=self.snapshot) if self.snapshot else rows.none()

    def condition(self, conditions: Conditions) -> Q:
        """Who meets all of `conditions`, purchases too."""
        found = conditions.within()
        if conditions.item and self.shop:
            found &= Q(customer_key__in=buyers_of(self.shop, *conditions.item))
        return found

    def queryset(self, conditions: Conditions) -> QuerySet[CustomerScore]:
        """Rows of customers who meet `conditions`, without an order."""
        return self.everyone().filter(self.condition(conditions))
