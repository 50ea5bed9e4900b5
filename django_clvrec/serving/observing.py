"""Answers as counters and traces know them: how they were found, never for whom.

Who looks at one request, such as a developer's toolbar, is told everything of its answers.
"""

import time
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import ParamSpec

from django_clvrec import tally, traces
from django_clvrec.looking import looker
from django_clvrec.serving.answers import Answer

Asked = ParamSpec("Asked")


def observed(answer: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The same answers, counted and traced where somebody wants that."""
    name = f"clvrec.{answer.__name__}"
    arguments = signature(answer)

    @wraps(answer)
    def watched(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        one = looker()
        if one is None:
            return counted(*args, **kwargs)
        one.begins(answer.__name__, arguments.bind(*args, **kwargs).arguments)
        found = None
        try:
            found = counted(*args, **kwargs)
        finally:
            one.ends(found)
        return found

    def counted(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        if not (tally.TAKERS or traces.is_on()):
            return answer(*args, **kwargs)
        began = time.perf_counter()
        with traces.span(name) as span:
            found = answer(*args, **kwargs)
            labels = {"source": str(found.source), "level": found.level, "intent": found.intent}
            span.set(**labels, snapshot=found.snapshot_id or None)
        tally.note("answers", 1, **labels)
        tally.note("answer_seconds", time.perf_counter() - began, source=labels["source"])
        return found

    return watched
