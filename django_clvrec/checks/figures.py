"""Judges expressions of a source that are allowed, and give wrong figures without a word."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Warning  # noqa: A004
from django.db import connections, models
from django.db.models.expressions import Col, CombinedExpression
from django.db.models.functions import MD5, SHA1, SHA224, SHA256, SHA384, SHA512, Lower, Upper

from django_clvrec.conf import get_config
from django_clvrec.sources import Lookup, ParquetPurchaseSource, PurchaseSource, expression

SAME_CASE = (Lower, Upper)
HASHES = (MD5, SHA1, SHA224, SHA256, SHA384, SHA512)
WHOLE = models.IntegerField


def check_figures(source: PurchaseSource) -> Iterator[CheckMessage]:
    """Of a source whose lookups are right."""
    if isinstance(source, ParquetPurchaseSource):
        return
    yield from _divides(source)
    yield from _currencies(source)
    yield from _addresses(source)


def _divides(source: PurchaseSource) -> Iterator[CheckMessage]:
    """199 pence are one pound to databases that divide whole numbers, and to all SQLite has."""
    is_sqlite = connections[source.rows().db].vendor == "sqlite"
    for node in _nodes(_resolved(source, source.revenue)):
        if not isinstance(node, CombinedExpression) or node.connector != CombinedExpression.DIV:
            continue
        fields = [part.output_field for part in node.get_source_expressions()]
        is_cut = all(isinstance(field, WHOLE) for field in fields)
        if is_cut or (is_sqlite and not any(isinstance(one, models.FloatField) for one in fields)):
            yield Warning(
                f"{_name(source)} divides in `revenue`, and a database may leave out what comes "
                "after the point: 199 / 100 is 1.",
                hint='Multiply, such as F("pence") * Decimal("0.01").',
                id="clvrec.W011",
            )
            return


def _currencies(source: PurchaseSource) -> Iterator[CheckMessage]:
    """A sum of pounds and yen is no revenue."""
    revenue = _columns(_resolved(source, source.revenue))
    asked = revenue | _columns(_resolved(source, source.order))
    tables = {source.queryset.model}
    for field in asked:
        tables |= {field.model, field.related_model} - {None}
    named = {one for table in tables for one in table._meta.concrete_fields if _is_currency(one)}
    if named and not named & (revenue | _columns(source.rows().query.where)):
        [first, *_] = sorted(str(one) for one in named)
        yield Warning(
            f"{_name(source)} adds up `revenue` without a look at {first}: amounts of several "
            "currencies would be added as they are.",
            hint="Filter the queryset by one currency, or convert `revenue` as shown in "
            "docs/how-to/awkward-shops.md; silence this if there is only one.",
            id="clvrec.W012",
        )


def _addresses(source: PurchaseSource) -> Iterator[CheckMessage]:
    """Whatever is a customer's key stands in tables, files and pages."""
    found = _resolved(source, source.customer)
    nodes = list(_nodes(found))
    is_text = isinstance(found.output_field, (models.CharField, models.TextField))
    if not is_text or any(isinstance(node, HASHES) for node in nodes):
        return
    if not any(_is_address(field) for field in _columns(found)):
        return
    if get_config()["PSEUDONYM_KEY"] is None:
        yield Warning(
            f"{_name(source)} knows customers by their email addresses, which would stand in "
            "tables, exports and pages of the admin.",
            hint="Give buyers a table with a key of its own, as shown in "
            "docs/how-to/awkward-shops.md, or set PSEUDONYM_KEY.",
            id="clvrec.W013",
        )
    if not any(isinstance(node, SAME_CASE) for node in nodes):
        yield Warning(
            f"{_name(source)} takes Ann@example.com and ann@example.com for two customers.",
            hint='Use Lower("…") as `customer`, and the same in `customer_key` of your policy.',
            id="clvrec.W014",
        )


def _is_currency(field: Any) -> bool:
    return "currency" in field.name.lower()


def _is_address(field: Any) -> bool:
    return isinstance(field, models.EmailField) or "email" in field.name.lower()


def _name(source: PurchaseSource) -> str:
    return type(source).__qualname__


def _resolved(source: PurchaseSource, lookup: Lookup) -> Any:
    """A lookup as the source's queryset understands it."""
    rows = source.rows().annotate(_clvrec_check=expression(lookup))
    return rows.query.annotations["_clvrec_check"]


def _nodes(node: Any) -> Iterator[Any]:
    """An expression and all that it is made of, without what is within subqueries."""
    yield node
    for part in node.get_source_expressions() if hasattr(node, "get_source_expressions") else ():
        yield from _nodes(part)


def _columns(node: Any) -> set[Any]:
    """Fields that an expression reads, also those that its subqueries take from without."""
    found = set()
    for one in _nodes(node):
        if isinstance(one, Col):
            found.add(one.target)
        elif hasattr(one, "get_external_cols"):
            found |= {column.target for column in one.get_external_cols()}
    return found
