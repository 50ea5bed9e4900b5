"""Till shorthand made readable: "FRZN ICE" becomes "Frozen ice"."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

UNKNOWN = "OTHER"
NAMES = Path(__file__).parent / "demo"
TILL_NUMBER = re.compile(r"\(\d+\)|\d{5,}")
STRAY_LETTER = re.compile(r"^[a-z] (?=\d)")
WHOLE_CASE = re.compile(r"\d\d (lb|ct)")


@cache
def departments() -> pd.DataFrame:
    """The shop's departments, as the rows of their table."""
    rows = _read("departments")
    return rows.assign(id=range(1, len(rows) + 1), position=range(1, len(rows) + 1))


def shelf(category: str, department: str) -> tuple[int, str, str]:
    """For a category of the data: the id of the shop's department, its name and its icon."""
    known, ids = _shelves(), _department_ids()
    slug, name, icon = known.get(category, ("", "", ""))
    fallback, *_ = known.get(department, ("household", "", ""))
    return ids[slug or fallback], name or tidy(category), icon


def product_name(kind: str, size: str) -> str:
    return f"{kind}, {size}" if size else kind


@cache
def tidy(text: str) -> str:
    """A kind of product: spelt out, in sentence case."""
    known = _names("types").get(text)
    return known or _sentence(_plain(word) for word in re.findall(r"[\w.,%'&/-]+", text))


@cache
def tidy_size(text: str, department: str = "") -> str:
    """A package size such as "16 oz", without the till's own numbers."""
    size = STRAY_LETTER.sub("", " ".join(TILL_NUMBER.sub("", text).lower().split()))
    if department == "PRODUCE" and WHOLE_CASE.search(size):
        return ""  # how the grocer gets it, not how a customer buys it
    return re.sub(r"\bga$", "gal", re.sub(r"\bl$", "L", size))


def _plain(word: str) -> str:
    """One word of shorthand; of words joined by a mark, each one."""
    names = _names("words")
    if word in names:
        return names[word]
    parts = re.split(r"([/&-]+)", word.strip("-/&"))
    if len(parts) == 1:
        return parts[0].lower()
    return "".join(f" {p} " if p == "&" else names.get(p, p.lower()) for p in parts).strip()


def _sentence(words: Iterable[str]) -> str:
    text = " ".join(filter(None, words)).strip(" -/&")
    return text[:1].upper() + text[1:]


@cache
def _shelves() -> dict[str, tuple[str, str, str]]:
    rows = _read("categories").itertuples(index=False, name=None)
    return {source: (department, name, icon) for source, department, name, icon in rows}


@cache
def _department_ids() -> dict[str, int]:
    rows = departments()
    return dict(zip(rows["slug"], rows["id"].tolist(), strict=True))


@cache
def _names(table: str) -> dict[str, str]:
    return dict(_read(table).itertuples(index=False, name=None))


def _read(table: str) -> pd.DataFrame:
    return pd.read_csv(NAMES / f"{table}.csv", dtype=str, keep_default_na=False)
