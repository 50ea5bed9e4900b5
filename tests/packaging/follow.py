"""Follows a tutorial to the letter: writes its files, runs its commands, and counts both.

A block of `console` holds commands. A block of another language goes to the file that the text
before it names, as in “Write `mysite/clvrec.py`” or “Add to the end of `mysite/settings.py`”.
"""

import re
import shlex
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.visitor import Visitor

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"\b(Write|Add\s+to\s+the\s+end\s+of)\s+`([^`]+)`")
SERVE = "python manage.py runserver"


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Text that is written into a file, or added to one."""

    path: str
    is_added: bool
    text: str

    @property
    def lines(self) -> int:
        return sum(bool(line.strip()) for line in self.text.splitlines())


def steps(page: str) -> Iterator[str | Writing]:
    """Commands and writings, in the order of the page."""
    read = 0
    for block in FENCE.finditer(page):
        before, read = page[read : block.start()], block.end()
        language, text = block.groups()
        if language == "console":
            yield from text.splitlines()
            continue
        *_, (verb, path) = FILE.findall(before)
        yield Writing(path=path, is_added=verb != "Write", text=text)


class Follower:
    """A reader in an empty folder, whose commands are those of an environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.commands: list[str] = []
        self.lines = 0
        self.said: dict[str, str] = {}

    def follow(self, page: Path) -> None:
        """All of it, but for the command that serves, which is `served`'s."""
        for step in steps(page.read_text()):
            if isinstance(step, Writing):
                self._write(step)
            else:
                self.commands.append(step)
                if step != SERVE:
                    self.said[step] = self.run(*shlex.split(step))

    def run(self, *command: str) -> str:
        """What it printed; the test fails with that where the command does."""
        done = self.tried(*command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def tried(self, *command: str) -> subprocess.CompletedProcess[str]:
        """What came of it, also where it failed."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of the site, as the last command serves it, but at a port that is free."""
        assert self.commands[-1] == SERVE
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{free.getsockname()[1]}"
        command = [*shlex.split(SERVE), "--noreload", place]
        server = subprocess.Popen(command, cwd=self.folder, env=self.environment)
        try:
            Visitor(f"http://{place}").wait()
            yield f"http://{place}"
        finally:
            server.terminate()
            server.wait()

    def _write(self, writing: Writing) -> None:
        path = self.folder / writing.path
        assert path.exists() == writing.is_added, f"{path} was thought to be otherwise"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write(writing.text)
        self.lines += writing.lines
