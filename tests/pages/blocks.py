"""The fenced blocks of every page."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    ROOT / "benchmarks/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,}) *(?P<language>[^\s`]*)")


@dataclass(frozen=True, kw_only=True)
class Block:
    """What stands between two fences, without the indentation of a list."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}-{self.language}"


def of_page(path: Path) -> list[Block]:
    """Every block of a page. Raises ValueError for a fence that is not closed."""
    found, lines = [], enumerate(path.read_text().splitlines(), 1)
    page = str(path.relative_to(ROOT))
    for number, line in lines:
        if not (opened := FENCE.match(line)):
            continue
        inside: list[str] = []
        for _, below in lines:
            if below.strip() == opened["marks"]:
                break
            inside.append(below)
        else:
            raise ValueError(f"{page}:{number} is not closed")
        text = dedent("\n".join(inside)) + "\n"
        found.append(Block(page=page, line=number, language=opened["language"], text=text))
    return found


def every() -> list[Block]:
    return [block for path in PAGES for block in of_page(path)]
