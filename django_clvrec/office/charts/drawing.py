"""What every picture is made of: shapes with a class for pages and a colour for files."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH = 640
COLOURS = ("#2b6c8f", "#b4580b", "#5a7d2a", "#7d4fa0", "#6b7075")
"""Also in clvrec/back_office.css, where dark pages have brighter ones."""


def picture(title: str, height: float, shapes: Iterable[SafeString]) -> SafeString:
    """The whole of it; `title` is what a screen reader says."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="clvrec-svg" viewBox="0 0 {} {}" '
        'width="{}" height="{}" role="img" aria-label="{}" font-family="sans-serif" '
        'font-size="13">{}</svg>',
        WIDTH, _n(height), WIDTH, _n(height), title, joined(shapes),
    )  # fmt: skip


def joined(shapes: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((shape,) for shape in shapes))


def box(  # noqa: PLR0917 - as in every drawing library
    x: float, y: float, width: float, height: float, series: int, told: str = ""
) -> SafeString:
    """A filled rectangle that tells its number when it is pointed at."""
    return format_html(
        '<rect class="clvrec-s{}" x="{}" y="{}" width="{}" height="{}" fill="{}">{}</rect>',
        series % len(COLOURS), _n(x), _n(y), _n(max(width, 0)), _n(max(height, 0)),
        colour(series), _told(told),
    )  # fmt: skip


def shade(  # noqa: PLR0917
    x: float, y: float, width: float, height: float, share: float, told: str = ""
) -> SafeString:
    """A rectangle of a grid, the darker the larger `share` of 1 is."""
    return format_html(
        '<rect class="clvrec-heat" x="{}" y="{}" width="{}" height="{}" fill="{}" '
        'fill-opacity="{}">{}</rect>',
        # never so dark that words on it could not be read
        _n(x), _n(y), _n(width), _n(height), colour(0), f"{0.06 + 0.54 * share:.2f}", _told(told),
    )  # fmt: skip


def dot(x: float, y: float, series: int, told: str = "", radius: float = 5) -> SafeString:
    return format_html(
        '<circle class="clvrec-s{}" cx="{}" cy="{}" r="{}" fill="{}">{}</circle>',
        series % len(COLOURS), _n(x), _n(y), radius, colour(series), _told(told),
    )  # fmt: skip


def line(x: float, y: float, to_x: float, to_y: float, series: int | None = None) -> SafeString:
    """A thick line of a series, or a thin one of the frame."""
    if series is None:
        return format_html(
            '<line class="clvrec-frame" x1="{}" y1="{}" x2="{}" y2="{}" stroke="#999999"/>',
            _n(x), _n(y), _n(to_x), _n(to_y),
        )  # fmt: skip
    return format_html(
        '<line class="clvrec-l{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="2"/>',
        series % len(COLOURS), _n(x), _n(y), _n(to_x), _n(to_y), colour(series),
    )  # fmt: skip


def path(steps: str, series: int, told: str = "", opacity: float = 1.0) -> SafeString:
    """A filled outline."""
    return format_html(
        '<path class="clvrec-s{}" d="{}" fill="{}" fill-opacity="{}">{}</path>',
        series % len(COLOURS), steps, colour(series), opacity, _told(told),
    )  # fmt: skip


def text(x: float, y: float, words: Any, anchor: str = "start", kind: str = "") -> SafeString:
    """Words at a place; `anchor` is "start", "middle" or "end"."""
    return format_html(
        '<text class="clvrec-text {}" x="{}" y="{}" text-anchor="{}">{}</text>',
        kind, _n(x), _n(y), anchor, words,
    )  # fmt: skip


def legend(labels: Sequence[str], y: float = 12) -> list[SafeString]:
    """A square and a name for each series, in a row."""
    step = WIDTH / max(len(labels), 3)
    return [
        joined((box(step * place, y - 11, 12, 12, place), text(step * place + 18, y, label)))
        for place, label in enumerate(labels)
    ]


def colour(series: int) -> str:
    return COLOURS[series % len(COLOURS)]


def spoken(value: float | None, places: int = 0) -> str:
    """A number as the reader's language writes it."""
    return "–" if value is None else str(floatformat(value, f"{places}g"))


def _told(told: str) -> SafeString:
    return format_html("<title>{}</title>", told) if told else SafeString("")


def _n(value: float) -> SafeString:
    """A coordinate: never with a comma for its point, whatever the language."""
    return mark_safe(f"{value:.1f}".removesuffix(".0"))  # noqa: S308 - a number  # nosec B308 B703
