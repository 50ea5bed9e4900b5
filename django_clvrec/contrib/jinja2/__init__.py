"""The template tags and filters for pages that are written in Jinja2.

`OPTIONS = {"extensions": ["django_clvrec.contrib.jinja2.ClvrecExtension"]}`, and then
`{{ recommendations("product", n=8, title="For you") }}`. What a shelf is rendered from is found as
ever: Django's templates of the app, or yours, of either kind. docs/how-to/compatibility.md
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from django_clvrec.templatetags import clvrec, clvrec_feedback, clvrec_shelf

OF_PAGE = (
    clvrec.recommendations, clvrec.get_recommendations, clvrec.related, clvrec.get_related,
    clvrec.popular_items, clvrec.customer_tier, clvrec.customer_segment, clvrec.preview_of,
    clvrec_feedback.list_token, clvrec_feedback.recommendation_events, clvrec_shelf.shelf_key,
)  # fmt: skip
"""They get the context, which has the request."""
PLAIN = (clvrec_shelf.shelf_styles, clvrec_shelf.shelf_scripts)
FILTERS = (clvrec.price_for, clvrec_shelf.price_text, clvrec_shelf.image_of)


class ClvrecExtension(Extension):
    """Each tag under its own name as a function, each filter as a filter."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        told = {one.__name__: _of_page(one) for one in OF_PAGE}
        environment.globals.update(told | {one.__name__: one for one in PLAIN})
        environment.filters.update({one.__name__: one for one in FILTERS})


def _of_page(tag: Callable[..., Any]) -> Callable[..., Any]:
    @pass_context
    @wraps(tag)
    def called(context: Context, *args: Any, **kwargs: Any) -> Any:
        return tag(context, *args, **kwargs)

    return called
