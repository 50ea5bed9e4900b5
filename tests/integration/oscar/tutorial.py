"""Reads the tutorial as somebody who follows it word for word: commands and files, in order."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"((?:[^\n]+\n)*)\n```(console|python|html)\n(.*?)```", re.DOTALL)
WRITE = re.compile(r"Write `([^`]+)`")
APPEND = re.compile(r"[Aa]dd to the end of\s+`([^`]+)`")
SETS_UP = ("python -m venv", ". env/bin/activate", "python -m pip install")
"""The reader's environment; whoever runs the test is in it already."""


@dataclass(frozen=True)
class Step:
    """A command, or text for a file."""

    kind: str
    """`run`, `write` or `append`."""
    target: str
    """The command, or the path of the file."""
    text: str = ""


def steps(page):
    """What a page tells to do. Raises ValueError for a block that it does not say a place for."""
    found = []
    for before, language, text in BLOCK.findall((ROOT / page).read_text()):
        if language == "console":
            found += [Step("run", line) for line in text.splitlines()]
        elif match := APPEND.search(before):
            found.append(Step("append", match[1], text))
        elif match := WRITE.search(before):
            found.append(Step("write", match[1], text))
        else:
            raise ValueError(f"{page} does not say where this belongs:\n{text}")
    return found


def follow(step, folder, run):
    """Do it in `folder`; `run` is given commands."""
    if step.kind == "run":
        run(step.target)
        return
    path = folder / step.target
    kept = path.read_text() if step.kind == "append" else ""
    path.write_text(kept + "\n" + step.text)
