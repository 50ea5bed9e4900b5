"""The page of signals: who sends them, with which arguments."""

import ast
from collections.abc import Iterator
from importlib import import_module

from django.dispatch import Signal

from docs.from_code.markdown import code, codes, sentence, whole
from docs.from_code.source import calls, keywords, modules, strings_beneath


def found() -> dict[str, tuple[str, str]]:
    """By name: the module that defines a signal, and the text beneath it."""
    signals = {}
    for module, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.Assign) and _is_signal(module, node):
                name = node.targets[0].id  # type: ignore[attr-defined]  # a signal has one name
                signals[name] = module, strings_beneath(import_module(module)).get(name, "")
    return signals


def _is_signal(module: str, node: ast.Assign) -> bool:
    [*names] = [one.id for one in node.targets if isinstance(one, ast.Name)]
    is_call = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "Signal"
    return is_call and all(type(vars(import_module(module))[name]) is Signal for name in names)


def arguments(name: str, module: str) -> tuple[str, list[str]]:
    """The sender as the code writes it, and the other arguments."""
    for sent in calls("send", "send_robust"):
        if name in _sent_by(sent.node, sent.module, module):
            given = keywords(sent.node)
            return ast.unparse(given["sender"]), [one for one in given if one != "sender"]
    raise LookupError(name)


def _sent_by(call: ast.Call, module: str, home: str) -> Iterator[str]:
    """The signals that a call of `send` sends: one by name, or any of a table beside them."""
    signal = call.func.value  # type: ignore[attr-defined]  # `send` is called of a signal
    if isinstance(signal, ast.Name):
        yield signal.id
    elif isinstance(signal, ast.Subscript) and module == home:
        yield from (name for name, (where, _) in found().items() if where == home)


def public(name: str, module: str) -> str:
    """The shortest module that a signal can be imported from."""
    parts = module.split(".")
    shorter = (".".join(parts[:length]) for length in range(2, len(parts) + 1))
    return next(one for one in shorter if hasattr(import_module(one), name))


def page() -> str:
    return whole(
        "Signals",
        "Each receiver gets `sender`, `signal` and the arguments named here: take `**kwargs` too, "
        "for there may be more one day. Examples: [movement](../how-to/movement.md), "
        "[feedback](../how-to/feedback.md), [monitoring](../how-to/monitoring.md#drift).",
        *(_section(name, *where) for name, where in sorted(found().items())),
    )


def _section(name: str, module: str, text: str) -> str:
    sender, others = arguments(name, module)
    who = "the model of the changes" if sender == "model" else code(sender)
    return "\n\n".join((
        f"## {name}",
        f"`from {public(name, module)} import {name}`",
        sentence(text),
        f"Arguments: {codes(others)}. Sender: {who}.",
    ))  # fmt: skip
