"""The page of management commands: what each is for, and every argument."""

import ast
from argparse import Action
from typing import Any

from django.core.management import load_command_class
from django.core.management.base import BaseCommand

from docs.from_code.markdown import code, codes, sentence, table, whole
from docs.from_code.source import HOLE, modules, texts

TOPICS = {
    "clvrec_doctor": "how-to/doctor",
    "clvrec_erase": "how-to/privacy",
    "clvrec_evaluate": "how-to/recommenders",
    "clvrec_experiment": "how-to/experiments",
    "clvrec_export": "how-to/export",
    "clvrec_held": "how-to/privacy",
    "clvrec_oscar_recommended": "how-to/oscar",
    "clvrec_prune": "how-to/privacy",
    "clvrec_prune_feedback": "how-to/feedback",
    "clvrec_refresh": "how-to/schedule",
    "clvrec_try": "how-to/try",
    "practice_orders": "tutorial/shop",
}
"""The page of each."""


def names() -> list[str]:
    return sorted(_homes())


def _homes() -> dict[str, str]:
    """By command: the app that brings it."""
    apart = (one.rpartition(".management.commands.") for one in modules())
    return {name: app for app, _, name in apart if app and not name.startswith("_")}


def page() -> str:
    return whole(
        "Management commands",
        "`manage.py <command> --help` says the same. Besides, each takes Django’s own options, "
        "such as `--settings`. An error ends a command with its text and the exit code 1, unless "
        "another is told here.",
        *map(_section, names()),
    )


def _section(name: str) -> str:
    app, topic = _homes()[name], TOPICS[name]
    link = f"[{'How to' if topic.startswith('how-to/') else 'Tutorial'}](../{topic}.md)."
    if app != "django_clvrec":
        return f"## {name}\n\n{_help(app, name)} Of the app `{app}`. {link}"
    command: Any = load_command_class(app, name)
    return "\n\n".join((
        f"## {name}",
        f"{sentence(command.help)} {link}",
        *_tables(command.create_parser("manage.py", name)),
    ))  # fmt: skip


def _help(app: str, name: str) -> str:
    """Of a command that cannot be loaded where what it is made for is not installed."""
    tree = modules()[f"{app}.management.commands.{name}"]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "add_arguments":
            raise NotImplementedError(f"{name} takes arguments: read them here")
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "help":
            [text, *_] = texts(node.value, tree)
    return sentence(ast.get_docstring(tree) or "" if text == HOLE else text)


def _tables(parser: Any, words: str = "") -> list[str]:
    mine = [one for one in parser._actions if one.dest not in _of_django() and one.dest != "help"]
    below = [one for one in mine if isinstance(one.choices, dict)]
    rows = [[_called(one), _told(one)] for one in mine if one not in below]
    found = [f"`{words}`"] if words and rows else []
    found += [table(("Argument", ""), rows)] if rows else []
    for one in below:
        for word, inner in one.choices.items():
            texts = {choice.dest: choice.help for choice in one._choices_actions}
            said = (
                f"**`{word}`** – {sentence(texts.get(word) or '')}"
                if texts.get(word)
                else f"**`{word}`**"
            )
            found += [said, *_tables(inner)]
    return found


def _of_django() -> set[str]:
    return {one.dest for one in BaseCommand().create_parser("", "")._actions}


def _called(action: Action) -> str:
    if not action.option_strings:
        return code(action.metavar or action.dest)
    takes = action.nargs != 0
    value = f" {action.metavar or action.dest.upper()}" if takes else ""
    return codes(f"{option}{value}" for option in action.option_strings)


def _told(action: Action) -> str:
    said = [sentence((action.help or "") % {"default": action.default})] if action.help else []
    if action.choices:
        said.append(f"One of {codes(action.choices)}.")
    if action.required and action.option_strings:
        said.append("Required.")
    is_value = action.default not in (None, False, True, ()) and action.nargs != 0
    if is_value and "default" not in (action.help or ""):
        said.append(f"Default: {code(action.default)}.")
    return " ".join(said)
