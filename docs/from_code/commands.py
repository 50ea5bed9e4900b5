"""The page of management commands: what each is for, and every argument."""

from argparse import Action
from typing import Any

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from docs.from_code.markdown import code, codes, sentence, table, whole

TOPICS = {
    "clvrec_doctor": "doctor",
    "clvrec_erase": "privacy",
    "clvrec_evaluate": "recommenders",
    "clvrec_experiment": "experiments",
    "clvrec_export": "export",
    "clvrec_held": "privacy",
    "clvrec_prune": "privacy",
    "clvrec_prune_feedback": "feedback",
    "clvrec_refresh": "schedule",
    "clvrec_try": "try",
}
"""The how-to page of each."""


def names() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app == "django_clvrec")


def page() -> str:
    return whole(
        "Management commands",
        "`manage.py <command> --help` says the same. Besides, each takes Django’s own options, "
        "such as `--settings`. An error ends a command with its text and the exit code 1, unless "
        "another is told here.",
        *map(_section, names()),
    )


def _section(name: str) -> str:
    command: Any = load_command_class("django_clvrec", name)
    return "\n\n".join((
        f"## {name}",
        f"{sentence(command.help)} [How to](../how-to/{TOPICS[name]}.md).",
        *_tables(command.create_parser("manage.py", name)),
    ))  # fmt: skip


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
