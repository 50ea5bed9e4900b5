"""Lookups and expressions of a source, and the models they lead to."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, ForeignKey, Model, QuerySet, Subquery
from django.db.models.expressions import Combinable

Lookup = str | Combinable
"""A lookup such as "order__customer_id", or an expression such as F("price") * F("quantity")."""

LARGEST = 2**63
"""A number from which on no database has it as a key."""


def expression(lookup: Lookup) -> Combinable:
    """A lookup as an expression; expressions stay what they are."""
    return F(lookup) if isinstance(lookup, str) else lookup


def related_model(model: type[Model], lookup: Lookup) -> type[Model] | None:
    """The model that a lookup such as "product__category_id" leads to, if it is a key.

    A subquery leads where the column leads that it takes, as for the main one of many categories.
    """
    lookup = str(vars(lookup)["name"]) if isinstance(lookup, F) else lookup
    if isinstance(lookup, Subquery):
        return _key_of(lookup.output_field)
    if not isinstance(lookup, str):
        return None
    target: type[Model] | None = model
    field: Any = None
    for part in lookup.split("__"):
        if target is None:
            return None
        if part in {"pk", target._meta.pk.name} and target is not model:
            return target
        field = next((f for f in target._meta.get_fields() if _answers_to(f, part)), None)
        target = getattr(field, "related_model", None)
    return target if _leads_to_key(field) else None


def _key_of(field: Any) -> type[Model] | None:
    """The model whose key a field holds."""
    if isinstance(field, ForeignKey):
        found: Any = field.related_model
        return found if _leads_to_key(field) else None
    return getattr(field, "model", None) if field.primary_key else None


def _leads_to_key(field: Any) -> bool:
    """False for plain values, and for a foreign key that holds another value than the key."""
    target = getattr(field, "target_field", None)
    return field is not None and (target is None or target.primary_key)


def _answers_to(field: Any, name: str) -> bool:
    return field.name == name or (isinstance(field, ForeignKey) and field.attname == name)


def objects_in_bulk(rows: QuerySet[Any], keys: Iterable[str]) -> dict[str, Any]:
    """Instances among `rows` by key as a string; keys that are none of theirs are left out."""
    pk, wanted = rows.model._meta.pk, {}
    for key in keys:
        try:
            value = pk.to_python(key)
            if not isinstance(value, int) or abs(value) < LARGEST:
                wanted[value] = key
        except (ValidationError, ValueError, TypeError):
            continue  # not a key of this model
    # a model's own order would be sorted for nothing
    found = rows.order_by().in_bulk(list(wanted))
    return {wanted[value]: found[value] for value in wanted if value in found}
