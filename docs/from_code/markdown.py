"""Pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence

PAGE = re.compile(r"docs/((?:how-to|explanation|reference)/([a-z-]+)\.md)")


def whole(title: str, *parts: str) -> str:
    """A whole page, with the note that it is made."""
    note = "<!-- Made from the code by `make reference`: change it there. -->"
    return "\n\n".join((f"# {title}", note, *(part.strip() for part in parts if part))) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, one line a row."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(text: str) -> str:
    """A text that ends no cell and no line."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def code(text: object) -> str:
    """As code; nothing where there is nothing."""
    return f"`{text}`" if str(text) else ""


def codes(names: Iterable[object]) -> str:
    """Several, after one another."""
    return ", ".join(map(code, names))


def linked(text: str) -> str:
    """A docstring's mention of a page as a link, as seen from the reference."""
    text = re.sub(r"[;,]?\s*" + PAGE.pattern + r"\.?$", r": [\2](../\1).", text.strip())
    return PAGE.sub(r"[\2](../\1)", text)


def sentence(text: str) -> str:
    """One line that ends as a sentence does."""
    text = re.sub(r"\s+", " ", text).strip()
    return text if not text or text[-1] in ".:…?,}" else f"{text}."


def begun(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]
