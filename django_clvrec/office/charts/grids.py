"""Grids whose cells are the darker the more they stand for."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from django_clvrec.office.charts.drawing import WIDTH, joined, picture, shade, text

LEFT, TOP, CELL = 130, 44, 34


def heat(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    told: Sequence[Sequence[str]],
    *,
    corner: str = "",
) -> SafeString:
    """One cell for each of `rows` and `columns`; `told` is written into it. None is no cell."""
    most = max((one for row in values for one in row if one is not None), default=0) or 1
    wide = (WIDTH - LEFT) / max(len(columns), 1)
    shapes = [text(0, TOP - 8, corner)]
    shapes += [
        text(LEFT + (place + 0.5) * wide, TOP - 8, name, "middle")
        for place, name in enumerate(columns)
    ]
    for number, name in enumerate(rows):
        y = TOP + number * CELL
        shapes.append(text(0, y + 22, name))
        shapes += [
            _cell(LEFT + place * wide, y, wide, value / most, said, f"{name}, {column}: {said}")
            for place, (column, value, said) in enumerate(
                zip(columns, values[number], told[number], strict=True)
            )
            if value is not None
        ]
    return picture(title, TOP + CELL * len(rows) + 4, shapes)


def _cell(  # noqa: PLR0917
    x: float, y: float, wide: float, share: float, said: str, whole: str
) -> SafeString:
    return joined((
        shade(x + 1, y + 1, wide - 2, CELL - 2, share, whole),
        text(x + wide / 2, y + 22, said, "middle"),
    ))  # fmt: skip
