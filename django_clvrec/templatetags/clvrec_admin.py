"""Template tags of the back office."""

from typing import Any

from django import template
from django.template.context import Context

from django_clvrec.office.front import front_page
from django_clvrec.templatetags.clvrec import request_of

register = template.Library()


@register.simple_tag(takes_context=True)
def clvrec_dashboard(context: Context) -> dict[str, Any]:
    """All that the dashboard shows to whoever asks: `{% clvrec_dashboard as board %}`."""
    request = request_of(context)
    return {} if request is None else front_page(request)
