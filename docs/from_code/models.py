"""The page of models: tables, fields and what holds of them."""

import inspect
from typing import Any

from django.apps import apps
from django.db import models

from docs.from_code.markdown import begun, code, codes, sentence, table, whole
from docs.from_code.source import strings_beneath


def all_models() -> list[type[models.Model]]:
    return sorted(apps.get_app_config("clvrec").get_models(), key=lambda one: one.__name__)


def page() -> str:
    return whole(
        "Models",
        "Tables of `django_clvrec.models`. They hold keys of customers and items as text, and no "
        "foreign key to your models. What a refresh makes belongs to a [`Snapshot`](#snapshot) "
        "and is never changed; ask for what is served now by `.objects.live(source)` where a "
        "model has it.",
        *map(_section, all_models()),
    )


def _section(model: type[models.Model]) -> str:
    meta: Any = model._meta
    notes = _notes(model)
    fields = [
        [
            code(field.attname if field.many_to_one else field.name),
            _type(field),
            _more(field, notes),
        ]
        for field in meta.concrete_fields
    ]
    unique = [f"One of each {codes(one.fields)}." for one in meta.constraints]
    live = "live(" if hasattr(model._default_manager.all(), "live") else ""
    return "\n\n".join(
        part
        for part in (
            f"## {model.__name__}",
            " ".join((sentence(inspect.getdoc(model) or ""), f"Table `{meta.db_table}`.")),
            table(("Field", "Type", ""), fields),
            " ".join((*unique, *(["Has `.objects.live(source)`."] if live else []))),
        )
        if part
    )


def _notes(model: type[models.Model]) -> dict[str, str]:
    """What stands beneath fields, in the model and in what it inherits from."""
    bases = [
        one for one in model.__mro__ if issubclass(one, models.Model) and one is not models.Model
    ]
    return {name: text for one in reversed(bases) for name, text in strings_beneath(one).items()}


def _type(field: Any) -> str:
    name = type(field).__name__
    if field.is_relation:
        return f"{name} to {field.related_model.__name__}"
    bounds = {
        "max_length": field.max_length if isinstance(field, models.CharField) else None,
        "max_digits": getattr(field, "max_digits", None),
        "decimal_places": getattr(field, "decimal_places", None),
    }
    told = ", ".join(str(value) for value in bounds.values() if value is not None)
    return f"{name}({told})" if told else name


def _more(field: Any, notes: dict[str, str]) -> str:
    said = []
    if field.primary_key:
        said.append("Primary key.")
    elif getattr(field, "unique", False):
        said.append("Unique.")
    if field.null:
        said.append("May be null.")
    if field.choices:
        said.append(f"One of {codes(value for value, _ in field.flatchoices)}.")
    label = str(field.verbose_name)
    if label.replace(" ", "_") not in {field.name, "ID"}:
        said.insert(0, begun(sentence(label)))
    said += [sentence(str(text)) for text in (field.help_text, notes.get(field.name, "")) if text]
    return " ".join(said)
