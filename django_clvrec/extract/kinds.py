"""What kinds of values a query gives, by its server and by Django's converters."""

from typing import Any

from django.db.models import DateTimeField
from django.db.models.expressions import BaseExpression, ColPairs
from django.db.models.functions.datetime import TruncBase

from django_clvrec.extract.cells import (
    BOOL,
    DATE,
    FLOAT,
    INSTANT,
    INTEGER,
    NUMERIC,
    SHORT_NUMERIC,
    TEXT,
    UUID,
)

KINDS = {
    16: BOOL,
    20: INTEGER,
    21: INTEGER,
    23: INTEGER,
    25: TEXT,
    700: FLOAT,
    701: FLOAT,
    1042: TEXT,
    1043: TEXT,
    1082: DATE,
    1184: INSTANT,
    1700: NUMERIC,
    2950: UUID,
}
"""By the number that PostgreSQL has for each built-in type; the numbers never change."""
MOST_PLACES = 6
"""Up to so many places Python writes a decimal as PostgreSQL does, without an exponent."""


WHOLE_OR_DECIMAL = {INTEGER, NUMERIC, SHORT_NUMERIC}
CONVERTED = {
    "FloatField": dict.fromkeys([*WHOLE_OR_DECIMAL, FLOAT], FLOAT),
    "DecimalField": {kind: kind for kind in WHOLE_OR_DECIMAL},
}
"""What becomes of a kind in an expression of a field; of other fields only integers stay."""


def kinds_of(connection: Any, compiler: Any, sql: str, params: Any) -> list[str | None]:
    """The kind of each column; None for one of which it is not known what Python makes of it."""
    expressions = [expression for expression, _, _ in compiler.select]
    if any(isinstance(expression, ColPairs) for expression in expressions):
        return [None]
    converters = compiler.get_converters(expressions)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({sql}) AS lines LIMIT 0", params)  # noqa: S608  # nosec B608
        described = cursor.description
        if not cursor.connection.info.parameter_status("DateStyle").startswith("ISO"):
            return [None]
    return [
        _converted(_kind(column), expressions[place], converters.get(place, ([], None))[0])
        for place, column in enumerate(described)
    ]


def _kind(column: Any) -> str | None:
    kind = KINDS.get(column.type_code)
    if kind == NUMERIC and column.scale is not None and 0 <= column.scale <= MOST_PLACES:
        return SHORT_NUMERIC
    return kind


def _converted(kind: str | None, expression: Any, converters: list[Any]) -> str | None:
    """What becomes of a kind through the converters of Django; None for those of others."""
    if not converters or kind is None:
        return kind
    if converters != [expression.convert_value]:
        return None
    if isinstance(expression, TruncBase):
        is_untouched = kind == DATE and not isinstance(expression.output_field, DateTimeField)
        return kind if is_untouched else None
    if type(expression).convert_value is not BaseExpression.convert_value:
        return None
    becomes = CONVERTED.get(expression.output_field.get_internal_type(), {INTEGER: INTEGER})
    return becomes.get(kind)
