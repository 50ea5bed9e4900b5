"""The page of errors: every class of `exceptions`, what it says, where it comes from."""

import ast
import inspect
from collections import defaultdict
from functools import cache

from django_clvrec import exceptions
from docs.from_code.causes import ERRORS
from docs.from_code.markdown import codes, whole
from docs.from_code.source import modules

OPENING = """
Every error of the app is a `ClvrecError` from `django_clvrec.exceptions`; commands end with its
text and the exit code 1. Where a call knows more, the text is about the case, and ends with the
same next step. A refresh that fails keeps its error with the snapshot: in the admin, and in
`manage.py clvrec_doctor`.
"""


def classes() -> dict[str, type[exceptions.ClvrecError]]:
    """Every class by name, as they stand in the module."""
    return {
        name: one
        for name, one in vars(exceptions).items()
        if inspect.isclass(one) and issubclass(one, exceptions.ClvrecError)
    }


def raised_in(name: str) -> list[str]:
    """Rooms of the package that make such an error."""
    return sorted(_rooms().get(name, ()))


@cache
def _rooms() -> dict[str, set[str]]:
    """By what is called or raised in the package: where."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, tree in modules().items():
        room = ".".join(module.split(".")[:2])
        for node in ast.walk(tree):
            if name := getattr(_made(node), "id", ""):
                found[name].add(room)
    return found


def _made(node: ast.AST) -> ast.AST | None:
    """What a call calls, or what is raised without a call."""
    return node.func if isinstance(node, ast.Call) else getattr(node, "exc", None)


def page() -> str:
    return whole("Errors", OPENING, *(_section(*one) for one in sorted(classes().items())))


def _section(name: str, kind: type[exceptions.ClvrecError]) -> str:
    fact, _, step = (inspect.getdoc(kind) or "").partition("\n\n")
    parts = [f"## {name}", f"> {' '.join(fact.split())}"]
    if step:
        parts.append(f"{' '.join(step.split())}")
    if more := ERRORS.get(name, ""):
        parts.append(more)
    rooms = raised_in(name)
    base = kind.__mro__[1].__name__
    said = [f"Raised in {codes(rooms)}."] if rooms else []
    said += [f"A kind of `{base}`."] if base not in {"ClvrecError", "Exception"} else []
    return "\n\n".join((*parts, *((" ".join(said),) if said else ())))
