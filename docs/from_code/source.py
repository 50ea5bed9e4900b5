"""The package's code as syntax: what is called where, and with which texts."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import django_clvrec

PACKAGE = Path(django_clvrec.__file__).parent
HOLE = "…"
"""What stands in a text where the code puts a value."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Call(NamedTuple):
    """A call, and what is around it."""

    node: ast.Call
    function: ast.AST
    module: str


@cache
def modules() -> dict[str, ast.Module]:
    """The syntax of every module of the package, but migrations."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "migrations" not in parts:
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text())
    return found


CONTRIB = f"{PACKAGE.name}.contrib."
"""What is for packages that may not be installed: it is read, and never imported."""


def calls(*names: str, within: str = "django_clvrec") -> Iterator[Call]:
    """Every call of a function of one of these names, with the function that makes it."""
    for module, tree in modules().items():
        if module.startswith(within):
            yield from _calls(tree, tree, module, names)


def _calls(node: ast.AST, function: ast.AST, module: str, names: tuple[str, ...]) -> Iterator[Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and _name(child.func) in names:
            yield Call(child, function, module)
        yield from _calls(child, child if isinstance(child, Function) else function, module, names)


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """What a call names, by name."""
    return {one.arg: one.value for one in call.keywords if one.arg}


def texts(node: ast.AST, function: ast.AST) -> list[str]:
    """What a text can be, with holes for values; of a name, what its function gave it."""
    match node:
        case ast.Constant(value=str(value)):
            return [value]
        case ast.JoinedStr(values=values):
            return ["".join(_part(value) for value in values)]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [a + b for a in texts(left, function) for b in texts(right, function)]
        case ast.IfExp(body=body, orelse=other):
            return [*texts(body, function), *texts(other, function)]
        case ast.Name(id=name, lineno=line):
            return texts(_given(name, line, function), function)
    return [HOLE]


def _part(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else HOLE


def _given(name: str, line: int, function: ast.AST) -> ast.AST:
    """The value that a function gave a name last, above a line; a hole where it gave none."""
    found: list[tuple[int, ast.AST]] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and node.lineno < line:
            found += [(node.lineno, value) for value in _of_targets(node, name)]
    return max(found, key=lambda one: one[0])[1] if found else ast.Constant(HOLE)


def _of_targets(node: ast.Assign, name: str) -> list[ast.AST]:
    for target in node.targets:
        if isinstance(target, ast.Name) and target.id == name:
            return [node.value]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            return [value for one, value in pairs if getattr(one, "id", "") == name]
    return []


def strings_beneath(where: Any) -> dict[str, str]:
    """The text that stands beneath each assignment of a class or a module."""
    tree = ast.parse(dedent(inspect.getsource(where)))
    return beneath(tree.body[0].body if inspect.isclass(where) else tree.body)  # type: ignore[attr-defined]


def beneath(body: list[Any]) -> dict[str, str]:
    """The same of what is not imported."""
    found = {}
    for one, two in pairwise(body):
        is_text = isinstance(two, ast.Expr) and isinstance(two.value, ast.Constant)
        target = one.targets[0] if isinstance(one, ast.Assign) else getattr(one, "target", None)
        if is_text and isinstance(target, ast.Name) and isinstance(two.value.value, str):
            found[target.id] = inspect.cleandoc(two.value.value)
    return found
