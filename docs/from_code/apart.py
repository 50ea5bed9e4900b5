"""What examples import from below `contrib`: read, for what it is made for may not be installed."""

import ast
from copy import deepcopy

from docs.from_code.markdown import code, table
from docs.from_code.source import CONTRIB, Function, beneath, modules


def is_apart(module: str) -> bool:
    return f"{module}.".startswith(CONTRIB)


def is_listed(module: str, name: str) -> bool:
    """Whether it is neither a model nor a module."""
    if f"{module}.{name}" in modules():
        return False
    node = _found(module, name)
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return not any(ast.unparse(base).endswith("Model") for base in bases)


def told(module: str, name: str) -> str:
    """The section of one name."""
    node = _found(module, name)
    parts = [f"### {name}"]
    if isinstance(node, ast.ClassDef):
        notes = [[code(key), text] for key, text in beneath(node.body).items()]
        methods = [
            [code(one.name + _arguments(one)), text]
            for one in node.body
            if isinstance(one, Function)
            and not one.name.startswith("_")
            and (text := ast.get_docstring(one))  # others do what they do above
        ]
        parts += [ast.get_docstring(node) or ""]
        parts += [table(("Attribute", ""), notes)] if notes else []
        parts += [table(("Method", ""), methods)] if methods else []
    elif isinstance(node, Function):
        parts += [code(name + _arguments(node)), ast.get_docstring(node) or ""]
    elif isinstance(node, ast.Assign):
        parts += [code(ast.unparse(node.value))]
    return "\n\n".join(parts)


def _found(module: str, name: str) -> ast.stmt:
    """The statement that gives a module a name. Raises LookupError where none does."""
    for node in modules()[module].body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if name in {getattr(node, "name", ""), *map(ast.unparse, targets)}:
            return node
    raise LookupError(f"{module} defines no {name}")


def _arguments(made: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    given = deepcopy(made.args)
    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if one is not None:
            one.annotation = None
    given.args = [one for one in given.args if one.arg != "self"]
    return f"({ast.unparse(given)})"
