"""Commands as pages show them, read by the parsers of the programs themselves."""

import re
import shlex
import tomllib
from importlib.util import find_spec
from itertools import dropwhile
from pathlib import PurePath

from celery.bin.celery import celery as celery_cli
from click import Context
from django.core.management import get_commands, load_command_class
from gunicorn.config import Config
from packaging.requirements import Requirement
from uvicorn.main import main as uvicorn_cli

from tests.pages.blocks import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
OF_OTHERS = {
    "apt-get", "cat", "cd", "cp", "createdb", "curl", "echo", "export", "git", "gzip", "head", "jq",
    "less", "ls", "mkdir", "mysql", "mysqldump", "pg_dump", "psql", "source", "sudo",
}  # fmt: skip
"""Programs that have nothing of ours to be wrong about."""
WITHIN = re.compile(r"\$\(([^)]*)\)")
"""A command whose output is a part of another one."""
ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")


def commands(text: str) -> list[list[str]]:
    """The words of each command: of a pipe, of a line that goes on, and of those after `&&`."""
    found: list[list[str]] = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        words = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;<>")
        words.whitespace_split, words.commenters = True, "#"
        found.append([])
        is_file = False
        for word in words:
            if set(word) <= set("|&;"):
                found.append([])
            elif set(word) <= set("<>&"):
                is_file = True
                if found[-1][-1:] == ["2"]:  # of 2>&1
                    found[-1].pop()
            elif is_file:
                is_file = False
            else:
                found[-1].append(word)
    return [words for words in found if words]


def check(text: str) -> None:
    """Fails where a command is not one, or has words that it does not take."""
    for inner in WITHIN.findall(text):
        check(inner)
    for words in commands(WITHIN.sub("_", text)):
        program, *given = [*dropwhile(ASSIGNMENT.match, words), ""]
        if program:
            _check(PurePath(program).name, given[:-1])


def _check(program: str, words: list[str]) -> None:
    if program in {"python", "python3"}:
        _python(words)
    elif program in PROGRAMS:
        PROGRAMS[program](words)
    else:
        assert program in OF_OTHERS, f"nobody reads {program}: see tests/pages/shell.py"


def _python(words: list[str]) -> None:
    while words[0].startswith("-W"):
        words = words[1:]
    if words[0] == "-m":
        if words[1] == "pip":
            _pip(words[2:])
        else:
            assert find_spec(words[1]), words[1]
    elif words[0] == "-c":
        compile(words[1], "<string>", "exec")
    else:
        _check(PurePath(words[0]).name, words[1:])


def _django(words: list[str]) -> None:
    name, *given = words
    app = get_commands()[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    command.create_parser("manage.py", name).parse_args(given)


def _pip(words: list[str]) -> None:
    assert words[0] == "install"
    for word in words[1:]:
        if not word.startswith("-") and word != ".":
            wanted = Requirement(word)
            if wanted.name == "django-clvrec":
                assert wanted.extras <= {*EXTRAS}, wanted.extras


def _make(words: list[str]) -> None:
    for word in words:
        is_target = re.search(rf"^{re.escape(word)}:", MAKEFILE, re.MULTILINE)
        assert ASSIGNMENT.match(word) or is_target, word


def _celery(words: list[str]) -> None:
    context = Context(celery_cli, info_name="celery")
    _, rest, _ = celery_cli.make_parser(context).parse_args(list(words))
    command = celery_cli.commands[rest[0]]
    inner = Context(command, info_name=rest[0], parent=context)
    command.make_parser(inner).parse_args(rest[1:])


def _gunicorn(words: list[str]) -> None:
    Config().parser().parse_args(words)


def _uvicorn(words: list[str]) -> None:
    uvicorn_cli.make_parser(Context(uvicorn_cli)).parse_args(list(words))


PROGRAMS = {
    "manage.py": _django,
    "django-admin": _django,
    "pip": _pip,
    "make": _make,
    "celery": _celery,
    "gunicorn": _gunicorn,
    "uvicorn": _uvicorn,
}
