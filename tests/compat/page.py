"""`docs/how-to/compatibility.md`, by blocks."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/how-to/compatibility.md").read_text()


def blocks(language, heading=""):
    """Code of one language, of the whole page or under one heading."""
    text = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] if heading else PAGE
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def names_of(code):
    found = {"__name__": "shop.pages"}
    exec(code, found)  # noqa: S102
    return found
