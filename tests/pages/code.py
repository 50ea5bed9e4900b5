"""Python as pages show it: run, and looked through for names that nothing gives."""

import builtins
import dis
import re
from collections.abc import Iterator
from types import CodeType
from typing import Any
from unittest.mock import patch

import django
from django.core.checks import CheckMessage
from django.db import connections

from django_clvrec.checks import check_rates, check_settings, check_sources
from django_clvrec.sources import registry

OF_ONE_MACHINE = {"clvrec.W002", "clvrec.W003", "clvrec.W005"}
TASKS = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
"""On versions that have none built in, the package that brings them."""
READ = {"LOAD_GLOBAL", "LOAD_NAME"}


def prepared(text: str) -> str:
    """With the package that brings Django's tasks here."""
    return re.sub(r"\bdjango\.tasks\b", TASKS, text)


def run(text: str, names: dict[str, Any]) -> None:
    """Run a block as a module would be, in names that earlier ones may have given."""
    code = compile(prepared(text), "<page>", "exec")
    if "@register" in text:
        registry._registry.clear()
    exec(code, names)  # noqa: S102
    known = {*names, *vars(builtins), *given_by(code)}
    missing = {name for name in read_by(code) if not name.startswith("__")} - known
    assert not missing, f"nothing gives {', '.join(sorted(missing))}"


def given_by(code: CodeType) -> set[str]:
    """Names that code gives itself, also in a loop that had nothing to do."""
    return {one.argval for one in dis.get_instructions(code) if one.opname == "STORE_NAME"}


def read_by(code: CodeType) -> Iterator[str]:
    """Names that code and its functions read from the module."""
    is_class = "__qualname__" in code.co_names
    own = given_by(code) if is_class else set()
    for one in dis.get_instructions(code):
        if one.opname in READ and one.argval not in own:
            yield one.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from read_by(inner)


def complaints(names: dict[str, Any], settings: Any) -> list[CheckMessage]:
    """What `manage.py check` says of the settings and sources that a block gives."""
    for name in ("CLVREC", "REST_FRAMEWORK"):
        if name in names:
            setattr(settings, name, names[name])
    # an alias that a page makes; nobody connects to it
    with patch.dict(connections.settings, names.get("DATABASES", {})):
        found = [*check_settings(), *check_rates(), *check_sources()]
    return [one for one in found if one.id not in OF_ONE_MACHINE]
