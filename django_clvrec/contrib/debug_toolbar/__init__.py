"""A panel of django-debug-toolbar: which recommendations a page asked for, and why these.

`DEBUG_TOOLBAR_PANELS = [..., "django_clvrec.contrib.debug_toolbar.RecommendationsPanel"]`. Who does
not see the toolbar costs nothing. docs/how-to/compatibility.md
"""

from django_clvrec.contrib.debug_toolbar.panel import RecommendationsPanel

__all__ = ["RecommendationsPanel"]
