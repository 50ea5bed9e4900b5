"""Streams from where customers were to where they came."""

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

from django_clvrec.office.charts.drawing import WIDTH, box, path, picture, spoken, text

HEIGHT, TOP, NAMES, BAR, GAP = 300, 26, 120, 14, 12


def flow(
    title: str,
    names: Sequence[str],
    moved: Mapping[tuple[int, int], float],
    ends: tuple[str, str],
) -> SafeString:
    """Streams as wide as what `moved`, by place in `names`; `ends` says what the sides are."""
    total = sum(moved.values()) or 1
    scale = (HEIGHT - TOP - GAP * (len(names) + 1)) / total
    shapes = [text(NAMES, 14, ends[0], "end"), text(WIDTH - NAMES, 14, ends[1])]
    left, right = _tops(names, moved, scale, 0), _tops(names, moved, scale, 1)
    for number, name in enumerate(names):
        for side, tops in enumerate((left, right)):
            size = scale * sum(value for key, value in moved.items() if key[side] == number)
            if size:
                x = WIDTH - NAMES - BAR if side else NAMES
                shapes.append(box(x, tops[number], BAR, size, number))
                where = (WIDTH - NAMES + 6, "start") if side else (NAMES - 6, "end")
                shapes.append(text(where[0], tops[number] + size / 2 + 4, name, where[1]))
    for (was, came), value in sorted(moved.items()):
        wide = scale * value
        shapes.append(
            path(
                _ribbon(left[was], right[came], wide), was,
                f"{names[was]} → {names[came]}: {spoken(value)}", 0.35,
            )
        )  # fmt: skip
        left[was] += wide
        right[came] += wide
    return picture(title, HEIGHT, shapes)


def _tops(
    names: Sequence[str], moved: Mapping[tuple[int, int], float], scale: float, side: int
) -> list[float]:
    """Where each name's bar begins on one side."""
    tops: list[float] = []
    y = float(TOP + GAP)
    for number in range(len(names)):
        tops.append(y)
        size = scale * sum(value for key, value in moved.items() if key[side] == number)
        y += size + (GAP if size else 0)
    return tops


def _ribbon(y: float, to_y: float, wide: float) -> str:
    x, to_x = NAMES + BAR, WIDTH - NAMES - BAR
    middle = (x + to_x) / 2
    return (
        f"M{x} {y:.1f} C{middle} {y:.1f} {middle} {to_y:.1f} {to_x} {to_y:.1f} "
        f"L{to_x} {to_y + wide:.1f} C{middle} {to_y + wide:.1f} {middle} {y + wide:.1f} "
        f"{x} {y + wide:.1f} Z"
    )
