"""What is made for one visitor stays out of what is kept for everybody.

A page that is kept by `cache_page` was not yet told by the session's middleware that it depends on
cookies; and a `{% cache %}` fragment is kept under the words in its tag, whoever it was made for.
"""

import sys
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.templatetags.cache import CacheNode

from django_clvrec.exceptions import InSharedFragment


def keep_apart(request: HttpRequest | None) -> None:
    """Have Django's caches of pages not keep this one."""
    if request is not None:
        sent: Any = getattr(request, "_request", request)  # REST wraps the one that is asked later
        sent._cache_update_cache = False


def refuse_shared(tag: str) -> None:
    """Raises InSharedFragment where a template is rendered that is kept for everybody."""
    if is_shared():
        raise InSharedFragment(tag)


def is_shared() -> bool:
    """Whether this is called within a `{% cache %}` that names nothing to tell visitors apart.

    Also through includes and blocks, of which a template knows nothing when it is parsed, and for
    what extends the tag, as Wagtail's do. Only the calls that are under way tell.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is CacheNode.render.__code__ and not frame.f_locals["self"].vary_on:
            return True
        frame = frame.f_back
    return False
