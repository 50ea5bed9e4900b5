"""A shelf's description as part of an address, signed: only the site's own pages can make one.

There is no time in it, for a page may be kept for long, and nothing of the visitor. Whoever gets a
page can read it.
"""

from dataclasses import asdict
from typing import Any

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.safestring import SafeData, mark_safe

from django_clvrec.exceptions import BadShelfAddress, UnknownLevel
from django_clvrec.shelves.described import DescribedShelf, RecommendedShelf, RelatedShelf

_SALT = "django_clvrec.shelves"
_KINDS: dict[str, type[DescribedShelf]] = {"for": RecommendedShelf, "with": RelatedShelf}
_FIRST = "s"
"""What is compressed begins with a dot, and many servers refuse files that do."""
LONGEST = 2000
"""Characters; servers and proxies refuse long addresses, many from 4,000 on."""


def address_of(shelf: DescribedShelf) -> str | None:
    """Where the shelf is fetched; None where that would be too long, as for very many items."""
    kind = next(name for name, one in _KINDS.items() if type(shelf) is one)
    told = asdict(shelf) | {"title": f"{shelf.title}"}  # a lazy title becomes text
    del told["source"]
    is_html = isinstance(shelf.title, SafeData)
    signed = Signer(salt=_SALT).sign_object([kind, told, is_html], compress=True)
    found = reverse("clvrec:shelf", args=[f"{_FIRST}{signed}"])
    return found if len(found) <= LONGEST else None


def read_address(signed: str, source: str | None = None) -> DescribedShelf:
    """The shelf that an address describes, to be answered by `source`. Raises BadShelfAddress.

    What was signed by an older release, or names a level that is gone, is no good any more either.
    """
    try:
        kind, told, is_html = Signer(salt=_SALT).unsign_object(signed.removeprefix(_FIRST))
        return _described(kind, told | {"source": source}, is_html=is_html)
    except (BadSignature, UnknownLevel, KeyError, TypeError, ValueError) as error:
        raise BadShelfAddress from error


def _described(kind: str, told: dict[str, Any], *, is_html: bool) -> DescribedShelf:
    if is_html:  # as the page wrote it, such as title="Fish &amp; chips"
        told["title"] = mark_safe(told["title"])  # noqa: S308 - signed  # nosec B308 B703
    return _KINDS[kind](**told)
