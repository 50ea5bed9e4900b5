"""The page of template tags and filters: arguments with their defaults, and what they do."""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.template import Library

from docs.from_code.markdown import code, linked, whole
from docs.from_code.source import PACKAGE

BACK_OFFICE = {"clvrec_admin"}
"""Of the admin's own templates."""


def libraries() -> dict[str, Library]:
    """By what `{% load %}` calls them."""
    names = sorted(path.stem for path in (PACKAGE / "templatetags").glob("*.py"))
    return {
        name: import_module(f"django_clvrec.templatetags.{name}").register
        for name in names
        if name != "__init__"
    }


def page() -> str:
    return whole(
        "Template tags and filters",
        "A tag’s arguments can stand in order or by name. How shelves look: "
        "[shelves](../how-to/shelves.md).",
        *(part for name, library in libraries().items() for part in _of(name, library)),
    )


def _of(name: str, library: Library) -> list[str]:
    note = " It is of the admin’s own templates, and may change." if name in BACK_OFFICE else ""
    tags = [
        _section(called, _tag(called, made), made) for called, made in sorted(library.tags.items())
    ]
    filters = [
        _section(called, _filter(called, made), made)
        for called, made in sorted(library.filters.items())
    ]
    return [
        f"## `{{% load {name} %}}`{note}" if not note else f"## `{{% load {name} %}}`",
        note,
        *tags,
        *filters,
    ]


def _section(name: str, written: str, made: Callable[..., Any]) -> str:
    return f"### {name}\n\n{code(written)}\n\n{linked(inspect.getdoc(made) or '')}"


def _tag(name: str, made: Callable[..., Any]) -> str:
    given = [one for key, one in inspect.signature(made).parameters.items() if key != "context"]
    words = (
        one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in given
    )
    return " ".join(("{%", name, *words, "%}"))


def _filter(name: str, made: Callable[..., Any]) -> str:
    value, *others = inspect.signature(made).parameters
    return f"{{{{ {value}|{name}{''.join(f':{one}' for one in others)} }}}}"
