"""Whether a customer has bought lately: a condition for a statement in the same database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connections
from django.db.models import DateTimeField, F, QuerySet
from django.db.models.expressions import Expression

CUSTOMER = object()
"""Stands among the parameters of a statement where the customer's key has to be."""


class Placeholder(Expression):
    """A parameter that is not known yet, of a given type."""

    def __init__(self, mark: object, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.mark = mark

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self.mark,)


@dataclass(frozen=True)
class Lately:
    """A subquery with the times at which a customer bought, as a column `at`."""

    sql: str
    parameters: Sequence[Any]
    customer: Any
    """The field of the customer's key."""
    using: str

    def bound(self, customer_key: str) -> list[Any] | None:
        """The parameters for one customer; None where nobody has such a key."""
        try:
            value = self.customer.to_python(customer_key)
        except (ValidationError, ValueError, TypeError):
            return None
        if isinstance(value, int) and not _fits(self.customer, value, self.using):
            return None
        key = self.customer.get_db_prep_value(value, connections[self.using], prepared=False)
        return [key if one is CUSTOMER else one for one in self.parameters]


def _fits(field: Any, value: int, using: str) -> bool:
    """Whether the database can be asked for a number at all."""
    kind = getattr(field, "target_field", field).get_internal_type()
    ends: Any = connections[using].ops.integer_field_range(kind)  # None where there is no end
    low, high = ends
    return (low is None or low <= value) and (high is None or value <= high)


def lately_of(rows: QuerySet[Any, Any]) -> Lately | None:
    """From lines that are annotated with `_clvrec_customer` and `_clvrec_at`.

    None where times are dates: a date is not after a moment or before it.
    """
    annotated = rows.query.annotations
    customer = annotated["_clvrec_customer"].output_field
    if not isinstance(annotated["_clvrec_at"].output_field, DateTimeField):
        return None
    mine = rows.filter(_clvrec_customer=Placeholder(CUSTOMER, customer)).order_by()
    query = mine.values(at=F("_clvrec_at")).query
    try:
        sql, parameters = query.get_compiler(using=rows.db).as_sql()
    except EmptyResultSet:  # a queryset that never holds a line
        return None
    return Lately(sql, parameters, customer, rows.db)
