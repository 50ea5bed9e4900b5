"""Takes passwords out of what is told: errors of databases and brokers may repeat their address."""

import re
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any
from urllib.parse import unquote, urlsplit

from celery import current_app
from django.conf import settings

HIDDEN = "…"
IN_URL = re.compile(r"(://[^/\s:@]*):\S*@")
"""Greedy: a password may hold an @ of its own."""
NAMED = re.compile(r"\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)\S+", re.IGNORECASE)
SHORTEST = 4
"""A shorter secret stands in too many words to be cut out of them."""


def without_secrets(text: str) -> str:
    """The text without passwords: those of URLs, those that are named, those of the settings."""
    text = NAMED.sub(rf"\1\2{HIDDEN}", IN_URL.sub(rf"\1:{HIDDEN}@", text))
    known = (secret for secret in _secrets() if len(secret) >= SHORTEST)
    longest_first = sorted(known, key=len, reverse=True)
    return reduce(lambda said, secret: said.replace(secret, HIDDEN), longest_first, text)


def _secrets() -> Iterator[str]:
    for database in settings.DATABASES.values():
        yield str(database.get("PASSWORD") or "")
    for url in _urls():
        try:
            password = urlsplit(url).password or ""
        except ValueError:
            continue
        yield from (password, unquote(password))
    given: Any = getattr(settings, "CLVREC", {})
    for setting, name in (("WEBHOOK", "secret"), ("METRICS", "token")):
        hook = given.get(setting) if isinstance(given, Mapping) else None
        yield str(hook.get(name) or "") if isinstance(hook, Mapping) else ""
    yield str(given.get("PSEUDONYM_KEY") or "") if isinstance(given, Mapping) else ""
    yield settings.SECRET_KEY


def _urls() -> Iterator[str]:
    conf = current_app.conf
    for name in ("broker_url", "broker_read_url", "broker_write_url", "result_backend"):
        given = conf.get(name) or ()
        for several in [given] if isinstance(given, str) else given:
            yield from str(several).split(";")
