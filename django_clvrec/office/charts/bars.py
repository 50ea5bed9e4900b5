"""Bars: upright in groups, or lying with their names before them."""

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

from django_clvrec.office.charts.drawing import WIDTH, box, legend, line, picture, spoken, text

HEIGHT, BOTTOM, TOP = 260, 26, 30
NAMES, NUMBERS = 150, 80
ROW = 18


def bars(
    title: str, names: Sequence[str], series: Mapping[str, Sequence[float]], places: int = 0
) -> SafeString:
    """Upright bars from 0: one group for each name, one bar in it for each of `series`."""
    most = _most(series)
    step = WIDTH / max(len(names), 1)
    wide = 0.8 * step / max(len(series), 1)
    full = HEIGHT - BOTTOM - TOP
    shapes = legend([*series])
    shapes += [
        box(
            (number + 0.1) * step + place * wide, HEIGHT - BOTTOM - max(value, 0) / most * full,
            wide, value / most * full, place,
            f"{names[number]}, {label}: {spoken(value, places)}",
        )
        for place, (label, values) in enumerate(series.items())
        for number, value in enumerate(values)
    ]  # fmt: skip
    shapes += [line(0, HEIGHT - BOTTOM, WIDTH, HEIGHT - BOTTOM)]
    shapes += [
        text((number + 0.5) * step, HEIGHT - 8, name, "middle") for number, name in enumerate(names)
    ]
    return picture(title, HEIGHT, shapes)


def shares(title: str, names: Sequence[str], series: Mapping[str, Sequence[float]]) -> SafeString:
    """Lying bars for shares of 1: for each name one for each of `series`, with its percentage."""
    most = _most(series)
    full = WIDTH - NAMES - NUMBERS
    group = ROW * len(series) + 10
    shapes = legend([*series])
    for number, name in enumerate(names):
        top = TOP + number * group
        shapes.append(text(0, top + group / 2, name))
        for place, (label, values) in enumerate(series.items()):
            said = f"{spoken(100 * values[number], 1)} %"
            y, long = top + place * ROW, max(values[number], 0) / most * full
            shapes.append(box(NAMES, y, long, ROW - 3, place, f"{name}, {label}: {said}"))
            shapes.append(text(NAMES + long + 6, y + ROW - 6, said))
    return picture(title, TOP + group * len(names), shapes)


def _most(series: Mapping[str, Sequence[float]]) -> float:
    """The value of the longest bar. What is below 0, such as refunds, has none."""
    return max((value for values in series.values() for value in values if value > 0), default=1)
