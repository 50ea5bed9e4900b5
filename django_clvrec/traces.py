"""Spans of OpenTelemetry, where the host has set a provider; nothing is imported otherwise.

Whoever sets a provider has imported `opentelemetry.trace`, so a look at `sys.modules` tells. Spans
say no more than logs do: errors are named by their kind, for their texts may name customers.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAME = "django_clvrec"


def is_on() -> bool:
    """Whether the host traces."""
    return _api() is not None


def _api() -> Any:
    """`opentelemetry.trace`, where it has a provider; else None."""
    api: Any = sys.modules.get("opentelemetry.trace")
    if api is None or isinstance(api.get_tracer_provider(), api.ProxyTracerProvider):
        return None
    return api


class Span:
    """One span, or nothing where nobody traces."""

    def __init__(self, recorded: Any = None) -> None:
        self._recorded = recorded

    def set(self, **attributes: Any) -> None:
        """Add what is known by now."""
        if self._recorded is not None:
            self._recorded.set_attributes(_named(attributes))

    def end(self) -> None:
        if self._recorded is not None:
            self._recorded.end()


NO_SPAN = Span()


def begin(name: str, **attributes: Any) -> Span:
    """A span below the current one, which the caller ends."""
    api = _api()
    if api is None:
        return NO_SPAN
    return Span(api.get_tracer(NAME).start_span(name, attributes=_named(attributes)))


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[Span]:
    """A span that others are below of meanwhile; where something is raised, it is an error."""
    api = _api()
    if api is None:
        yield NO_SPAN
        return
    with api.get_tracer(NAME).start_as_current_span(
        name, attributes=_named(attributes), record_exception=False, set_status_on_exception=False
    ) as recorded:
        try:
            yield Span(recorded)
        except BaseException as error:
            recorded.set_status(api.Status(api.StatusCode.ERROR, type(error).__name__))
            raise


def _named(attributes: dict[str, Any]) -> dict[str, Any]:
    return {f"clvrec.{name}": value for name, value in attributes.items() if value is not None}
