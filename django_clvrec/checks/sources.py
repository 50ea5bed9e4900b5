"""Judges the registered purchase sources: their attributes, lookups and types."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models import QuerySet
from django.db.utils import NotSupportedError

from django_clvrec.checks.datasets import are_names, check_dataset, source_error
from django_clvrec.checks.figures import check_figures
from django_clvrec.checks.settings import is_policy
from django_clvrec.conf import get_config, load_class
from django_clvrec.engines.base import EXPLICIT
from django_clvrec.parameters import ALS_FIELDS
from django_clvrec.policy import Policy
from django_clvrec.sources import (
    ParquetPurchaseSource,
    PurchaseSource,
    expression,
    registered,
)

REQUIRED = ("queryset", "customer", "order", "purchased_at", "revenue", "items")
NUMBERS = (models.DecimalField, models.FloatField, models.IntegerField)
KINDS: dict[str, tuple[tuple[type[Any], ...], str]] = {
    "purchased_at": ((models.DateField,), "a date or a time"),
    "revenue": (NUMBERS, "a number"),
    "rating": (NUMBERS, "a number"),
    "refund": ((models.BooleanField,), "true or false"),
}


@register(Tags.models)
def check_sources(**_: Any) -> list[CheckMessage]:
    """Every registered source, and the settings that speak of sources."""
    sources = list(registered().values())
    if not sources:
        return [
            Warning(
                "No purchase source is registered.",
                hint="Write a PurchaseSource with @register in the clvrec.py of one of your apps.",
                id="clvrec.W001",
            )
        ]
    found = [message for source in sources for message in _source(source)]
    given: Any = getattr(settings, "CLVREC", {})
    if found or not isinstance(given, Mapping) or not isinstance(given.get("ALS", {}), Mapping):
        return found  # of a setting that is no dict, another check tells
    return [
        *_levels_of_settings(sources),
        *_policy(sources[0]),
        *(message for source in sources for message in _unfiltered(source)),
        *(message for source in sources for message in check_figures(source)),
    ]


def _source(source: Any) -> Iterator[CheckMessage]:
    if isinstance(source, ParquetPurchaseSource):
        yield from check_dataset(source)
        return
    missing = [name for name in REQUIRED if not hasattr(source, name)]
    for name in missing:
        yield source_error(source, f"has no {name!r}", f"Set `{name}` on the class.", "E004")
    if missing:
        return
    wrong = list(_shape(source))
    yield from wrong
    if not wrong:
        lines = ((f"line[{lookup!r}]", lookup) for lookup in source.line)
        for name, lookup in (*source.fields().items(), *lines):
            yield from _lookup(source, name, lookup)


def _shape(source: Any) -> Iterator[Error]:
    """What is wrong before any lookup can be tried."""
    if not isinstance(source.queryset, QuerySet):
        hint = "Use `OrderLine.objects.filter(…)`."
        yield source_error(source, "has a `queryset` that is no queryset", hint, "E004")
    elif is_cut := _is_cut(source.queryset):
        yield source_error(
            source, f"has a `queryset` that is {is_cut}", "Filter it instead.", "E004"
        )
    if not isinstance(source.line, (tuple, list)) or not source.line:
        hint = 'Name what tells one line from another, such as ("pk",).'
        yield source_error(source, "has an empty `line`", hint, "E008")
    if not isinstance(source.items, Mapping) or not source.items or not are_names(source.items):
        hint = (
            'Use a dict of levels, each a different, short Python name: {"category": …, '
            f'"product": …}}; {", ".join(sorted(ALS_FIELDS))} are taken.'
        )
        yield source_error(source, "has no usable `items`", hint, "E005")


def _is_cut(rows: QuerySet[Any, Any]) -> str:
    """Why lines of a queryset cannot be ordered or annotated; empty where they can."""
    if rows.query.is_sliced:
        return "sliced"
    if rows.query.combinator:
        return f"a {rows.query.combinator}"
    return "distinct by fields" if rows.query.distinct_fields else ""


def _lookup(source: PurchaseSource, name: str, lookup: Any) -> Iterator[Error]:
    try:
        rows = source.rows().annotate(_clvrec_check=expression(lookup))
        found: Any = rows.query.annotations["_clvrec_check"]
        field = found.output_field
    except FieldError as error:
        yield source_error(
            source,
            f"has a `{name}` that its queryset cannot resolve: {error}",
            "Correct the lookup; give an expression of mixed types an `output_field`.",
            "E006",
        )
        return
    except (TypeError, AttributeError, NotSupportedError) as error:
        wanted = "Use a lookup such as 'order__customer_id', or an expression."
        yield source_error(source, f"has a `{name}` that is no lookup: {error}", wanted, "E006")
        return
    if found.contains_aggregate:
        hint = "A source has one row per order line; use what the line itself holds."
        yield source_error(source, f"has a `{name}` that sums over lines", hint, "E006")
    if _is_many(source.queryset.model, lookup) or _multiplies(source.rows(), rows):
        hint = "Choose one of them, such as a main category; a line is one purchase."
        yield source_error(source, f"has a `{name}` with several values for one line", hint, "E009")
    kinds, wanted = KINDS.get(name, ((), ""))
    if kinds and not isinstance(field, kinds):
        yield source_error(
            source,
            f"has a `{name}` of type {type(field).__name__}, which is not {wanted}",
            "Choose another field, or wrap it in Cast(…) or ExpressionWrapper(…).",
            "E007",
        )


def _is_many(model: Any, lookup: Any) -> bool:
    """Whether a lookup goes through a relation to many, which repeats the line."""
    for part in lookup.split("__") if isinstance(lookup, str) else ():
        fields = model._meta.get_fields() if model else ()
        field = next((field for field in fields if field.name == part), None)
        if getattr(field, "many_to_many", False) or getattr(field, "one_to_many", False):
            return True
        model = getattr(field, "related_model", None)
    return False


def _multiplies(before: QuerySet[Any, Any], after: QuerySet[Any, Any]) -> bool:
    """Whether an annotation has joined a relation to many, however deep in an expression."""
    known: Any = before.query.alias_map
    joins: Any = after.query.alias_map
    fields = [getattr(join, "join_field", None) for key, join in joins.items() if key not in known]
    return any(
        getattr(field, "one_to_many", False) or getattr(field, "many_to_many", False)
        for field in fields
    )


def _levels_of_settings(sources: list[PurchaseSource]) -> Iterator[Error]:
    levels = {level for source in sources for level in source.levels}
    for name in get_config()["ALS"]:
        if name not in ALS_FIELDS and name not in levels:
            yield Error(
                f"CLVREC['ALS'] has values for {name!r}, which no source has as a level.",
                hint=f"There is {', '.join(sorted(levels))}.",
                id="clvrec.E002",
            )
    for source in sources:
        if get_config()["FEEDBACK"] == EXPLICIT and not source.has_ratings:
            hint = 'Set `rating` on the class, or use "implicit".'
            what = "has no `rating`, and CLVREC['FEEDBACK'] is \"explicit\""
            yield source_error(source, what, hint, "E010")


def _unfiltered(source: PurchaseSource) -> Iterator[Warning]:
    """Orders that cost nothing are the cheapest way to push an item.

    Of a Parquet dataset nobody sees here how it was made.
    """
    if isinstance(source, ParquetPurchaseSource) or source.unfiltered or source.refund is not None:
        return
    if not source.rows().query.where:
        yield Warning(
            f"{type(source).__qualname__} takes every row for a purchase, so that orders which "
            "nobody paid for count too, and who makes them up decides what is recommended.",
            hint='Filter its queryset, such as OrderLine.objects.filter(order__status="paid"), or '
            "name `refund`. Where unpaid and refunded rows are not in the table at all, set "
            "`unfiltered = True` on the class.",
            id="clvrec.W009",
        )


def _policy(source: PurchaseSource) -> Iterator[Warning]:
    """The default policy takes a user's key for a customer's: right only if they are the same."""
    if not is_policy(get_config()["POLICY"]):
        return  # another check tells
    own = load_class("POLICY").customer_key is not Policy.customer_key
    try:
        user: Any = get_user_model()
    except ImproperlyConfigured:
        return  # Django tells
    customer, name = source.customer_model, type(source).__qualname__
    if not own and customer is not user:
        told = f"{name} sells to {customer.__name__}" if customer else f"{name} has keys of its own"
        yield Warning(
            f"{told}, but visitors are known by the key of {settings.AUTH_USER_MODEL}: "
            "user 5 would be shown what customer 5 bought.",
            hint="Override `customer_key` in a Policy of yours, and name it in CLVREC['POLICY'].",
            id="clvrec.W004",
        )
