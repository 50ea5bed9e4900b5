"""The panel: it has a recorder told of one request, and shows what that kept."""

from typing import Any

from debug_toolbar.panels import Panel
from django.http import HttpRequest, HttpResponse

from django_clvrec.contrib.debug_toolbar.recording import Recorder
from django_clvrec.looking import look


class RecommendationsPanel(Panel):
    """Calls of `recommend` and `related`, by whichever tag, view or endpoint."""

    title = nav_title = "Recommendations"
    template = "clvrec/debug_toolbar/panel.html"
    is_async = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._recorder = Recorder()

    @property
    def nav_subtitle(self) -> str:
        calls = self.get_stats().get("calls", [])  # type: ignore[no-untyped-call]
        took = sum(one["milliseconds"] for one in calls)
        return f"{len(calls)} call{'' if len(calls) == 1 else 's'} in {took:.2f} ms"

    def enable_instrumentation(self) -> None:
        look(self._recorder)

    def disable_instrumentation(self) -> None:
        look(None)

    def generate_stats(self, request: HttpRequest, response: HttpResponse) -> None:
        """Nothing is asked of the database: of an async view this runs in the event loop."""
        calls = [one.as_dict() for one in self._recorder.calls]
        self.record_stats({"calls": calls})  # type: ignore[no-untyped-call]
