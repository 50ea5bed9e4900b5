"""Points and what lies around them: elbow curves, intervals, one customer among all."""

from collections.abc import Sequence
from itertools import pairwise

from django.utils.safestring import SafeString

from django_clvrec.office.charts.drawing import (
    WIDTH,
    box,
    dot,
    line,
    picture,
    spoken,
    text,
)

HEIGHT, LEFT, BOTTOM, TOP = 240, 40, 40, 24
NAMES, ROW = 190, 26


def curve(title: str, values: Sequence[float], chosen: int, *, axis: str = "") -> SafeString:
    """`values` at 1, 2, …, with a bar down from the one that was chosen."""
    most = max(values, default=0) or 1
    step = (WIDTH - LEFT - 40) / max(len(values) - 1, 1)
    places = [
        (LEFT + number * step, HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP))
        for number, value in enumerate(values)
    ]
    shapes = [line(LEFT - 10, HEIGHT - BOTTOM, WIDTH - 20, HEIGHT - BOTTOM)]
    if 0 < chosen <= len(places):
        x, y = places[chosen - 1]
        shapes.append(box(x - 1.5, y, 3, HEIGHT - BOTTOM - y, 1))
    shapes += [line(*one, *other, 0) for one, other in pairwise(places)]
    shapes += [
        dot(x, y, 1 if number == chosen else 0, f"k = {number}: {spoken(value)}")
        for number, ((x, y), value) in enumerate(zip(places, values, strict=True), 1)
    ]
    shapes += [
        text(x, HEIGHT - BOTTOM + 18, number, "middle") for number, (x, _) in enumerate(places, 1)
    ]
    shapes += [
        text(0, 12, spoken(most)),
        text(LEFT - 14, HEIGHT - BOTTOM, 0, "end"),
    ]
    shapes.append(text(WIDTH / 2, HEIGHT - 4, axis, "middle"))
    return picture(title, HEIGHT, shapes)


def whiskers(
    title: str, rows: Sequence[tuple[str, float, float, float, bool]], places: int = 3
) -> SafeString:
    """For each name a value and the interval around it: `(name, value, low, high, is_marked)`."""
    most = max((high for *_, high, _ in rows), default=0) or 1
    full = WIDTH - NAMES - 60

    def at(value: float) -> float:
        return NAMES + max(value, 0) / most * full

    shapes: list[SafeString] = [line(NAMES, 0, NAMES, ROW * len(rows))]
    for number, (name, value, low, high, is_marked) in enumerate(rows):
        y, series = ROW * number + ROW / 2, 1 if is_marked else 0
        said = f"{name}: {spoken(value, places)} ({spoken(low, places)} – {spoken(high, places)})"
        shapes += [
            text(NAMES - 8, y + 4, name, "end", "clvrec-strong" if is_marked else ""),
            line(at(low), y, at(high), y, series),
            line(at(low), y - 5, at(low), y + 5, series),
            line(at(high), y - 5, at(high), y + 5, series),
            dot(at(value), y, series, said),
            text(at(high) + 8, y + 4, spoken(value, places)),
        ]
    return picture(title, ROW * len(rows) + 4, shapes)


def strip(title: str, below: float) -> SafeString:
    """One customer among all: a bar of all others, filled up to the share that lies below."""
    full = WIDTH - 20
    return picture(
        title,
        36,
        [
            box(10, 10, full * below, 14, 0),
            box(10 + full * below, 10, full - full * below, 14, 4),
            box(8 + full * below, 3, 4, 28, 1),
        ],
    )
