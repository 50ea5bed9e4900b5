"""`docs/how-to/compatibility.md`, by blocks."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/how-to/compatibility.md").read_text()


def asked_for(code):
    """Language, heading and number of each block that a test's code takes from `blocks`."""
    found = re.findall(r'= (?:names_of\()?blocks\("(\w+)", "(.+?)"\)(?:\[(\d)\])?', code)
    return {(language, heading, int(number or 0)) for language, heading, number in found}


def all_of_them():
    """The same of every block of the page; those of SQL are compared with what a test runs."""
    found = set()
    for section in PAGE.split("\n## ")[1:]:
        heading, _, text = section.partition("\n")
        told = re.findall(r"^```(\w+)\n", text, re.MULTILINE)
        found |= {(one, heading, told[:at].count(one)) for at, one in enumerate(told)}
    return {one for one in found if one[0] != "sql"}


def blocks(language, heading=""):
    """Code of one language, of the whole page or under one heading."""
    text = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] if heading else PAGE
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def names_of(code):
    found = {"__name__": "shop.pages"}
    exec(code, found)  # noqa: S102
    return found
