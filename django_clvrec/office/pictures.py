"""A picture of the back office: drawn, as a table, and both as files."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.template.defaultfilters import floatformat

from django_clvrec.exports.writing import safe

BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""
WHOLE, PLAIN, SHARE = "0g", "2g", "%"
"""How a column's numbers are written: whole, with two places, or as a percentage of 1."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A heading, and how what stands below it is written."""

    label: Any
    form: str = ""
    places: int = 1

    def written(self, value: Any) -> str:
        """As the reader's language writes it."""
        if value is None or value == "":
            return "–"
        if self.form == SHARE:
            return f"{floatformat(100 * value, self.places)} %"
        return floatformat(value, self.form) if self.form else str(value)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The first column of `rows` names each row."""

    key: str
    """In addresses and names of files."""
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    svg: str = ""
    about: str = ""
    note: str = ""
    is_open: bool = False
    """Whether the table is shown beside the picture at once."""

    @property
    def written(self) -> list[list[str]]:
        """The table in words."""
        return [
            [column.written(value) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


def as_csv(picture: Picture) -> HttpResponse:
    """The table with plain numbers; texts cannot become formulas of a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(safe(str(column.label) for column in picture.columns))
    writer.writerows(safe(map(_plain, row)) for row in picture.rows)
    return _file(picture, "csv", "text/csv; charset=utf-8", BOM + out.getvalue())


def as_svg(picture: Picture) -> HttpResponse:
    """The picture alone."""
    return _file(picture, "svg", "image/svg+xml", picture.svg)


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    return value if isinstance(value, (int, float, Decimal)) else str(value)


def _file(picture: Picture, ending: str, kind: str, content: str) -> HttpResponse:
    name = f"{picture.key}.{ending}"
    # looked at in place it is a document of its own, which shall not run anything
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'inline; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=kind, headers=headers)
