"""Pictures that are drawn on the server: SVG without script or style, for a strict CSP."""

from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 640, 240
LEFT, BOTTOM, TOP = 8, 28, 24
COLOURS = ("#417690", "#e08e3c", "#9aa5ab")


def bars(title: str, names: Sequence[str], series: Mapping[str, Sequence[float]]) -> SafeString:
    """Groups of bars from 0, one group for each name and one bar for each of `series` in it.

    The numbers are in the bars' titles; a page shows them in a table too.
    """
    most = max((value for values in series.values() for value in values), default=0) or 1
    step = (WIDTH - 2 * LEFT) / max(len(names), 1)
    wide = 0.8 * step / max(len(series), 1)
    drawn = [
        (
            round(LEFT + number * step + 0.1 * step + place * wide, 1),
            round(HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP), 1),
            round(wide, 1),
            round(value / most * (HEIGHT - BOTTOM - TOP), 1),
            COLOURS[place % len(COLOURS)],
            f"{names[number]}, {label}: {value:,.0f}",
        )
        for place, (label, values) in enumerate(series.items())
        for number, value in enumerate(values)
    ]
    middles = [
        (round(LEFT + (number + 0.5) * step, 1), HEIGHT - 8, name)
        for number, name in enumerate(names)
    ]
    legend = [
        (LEFT + 150 * place, COLOURS[place % len(COLOURS)], LEFT + 150 * place + 16, label)
        for place, label in enumerate(series)
    ]
    return format_html(
        '<svg viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}" '
        'font-family="inherit" font-size="12" fill="currentColor">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        title,
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>',
            drawn,
        ),
        format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', middles),
        format_html_join(
            "",
            '<rect x="{}" y="2" width="12" height="12" fill="{}"/><text x="{}" y="12">{}</text>',
            legend,
        ),
    )
