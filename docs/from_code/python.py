"""The page of Python names: what other pages import in their examples, and so is promised."""

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from typing import Any

from django.db.models import Model
from django.dispatch import Signal

from docs.from_code.apart import is_apart, is_listed, told
from docs.from_code.markdown import code, table, whole
from docs.from_code.source import strings_beneath

ROOT = Path(__file__).parents[2]
FOLDERS = ("tutorial", "how-to", "explanation")
BLOCK = re.compile(r"^ *```python\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
STARS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
OPENING = """
What the other pages import in their examples: these names are promised
([upgrades](../how-to/upgrade.md)). Besides, [models](models.md), [signals](signals.md) and
[errors](errors.md).
"""


def promised() -> dict[str, list[str]]:
    """By module: names that examples import, those left aside that have pages of their own."""
    found: dict[str, set[str]] = defaultdict(set)
    pages = [path for folder in FOLDERS for path in (ROOT / "docs" / folder).glob("*.md")]
    for path in (ROOT / "README.md", *sorted(pages)):
        for block in BLOCK.findall(path.read_text()):
            for module, name in _imports(ast.parse(dedent(block))):
                found[module].add(name)
    listed = {module: sorted(filter(_is_here(module), names)) for module, names in found.items()}
    return {module: names for module, names in sorted(listed.items()) if names}


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("django_clvrec"):
            yield from ((str(node.module), one.name) for one in node.names)


def _is_here(module: str) -> Any:
    def is_here(name: str) -> bool:
        if is_apart(module):
            return is_listed(module, name)
        one = getattr(import_module(module), name)
        is_model = inspect.isclass(one) and issubclass(one, Model)
        return not (is_model or isinstance(one, Signal) or inspect.ismodule(one))

    return is_here


def page() -> str:
    return whole("Python", OPENING, *(_room(*one) for one in promised().items()))


def _room(module: str, names: list[str]) -> str:
    if is_apart(module):
        return "\n\n".join((f"## {module}", *(told(module, name) for name in names)))
    room = import_module(module)
    return "\n\n".join((f"## {module}", *(_told(name, getattr(room, name)) for name in names)))


def _told(name: str, one: Any) -> str:
    if not callable(one):
        return f"### {name}\n\n{code(repr(one))}"
    if not inspect.isclass(one):
        return f"### {name}\n\n{code(name + _arguments(one))}\n\n{_text(one)}"
    parts = [f"### {name}", _text(one)]
    notes = strings_beneath(one)
    attributes = [[code(key), text] for key, text in notes.items() if not key.startswith("_")]
    methods = [
        [code(key + _arguments(made)), _text(made)]
        for key, made in vars(one).items()
        if inspect.isfunction(made) and not key.startswith("_")
    ]
    parts += [table(("Attribute", ""), attributes)] if attributes else []
    parts += [table(("Method", ""), methods)] if methods else []
    return "\n\n".join(parts)


def _arguments(made: Any) -> str:
    """Names and defaults, without types, as one would call it."""
    given, is_keyword = [], False
    for one in inspect.signature(made).parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not is_keyword:
            given.append("*")
            is_keyword = True
        stars = STARS.get(one.kind.name, "")
        default = "" if one.default is one.empty else f"={_default(one.default)}"
        given.append(f"{stars}{one.name}{default}")
    return f"({', '.join(given)})"


def _default(value: Any) -> str:
    return "…" if inspect.isfunction(value) else repr(getattr(value, "value", value))


def _text(one: Any) -> str:
    """The docstring without its example, for which there are pages."""
    text = re.sub(r"```.*?```", "", inspect.getdoc(one) or "", flags=re.DOTALL).strip()
    return re.sub(r":\s*(\n|$)", r".\1", text) if "```" in (inspect.getdoc(one) or "") else text
