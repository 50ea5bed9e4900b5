"""Marks of erased customers: made, counted and looked for, without a key in them.

A mark is written, and what is live changes, by who has locked the source's row of SourceState
first. So of an erasure and a refresh that goes live one comes after the other, and each erasure
has a number of its own, `revision`, in the order in which they are committed: no clock is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.crypto import salted_hmac

from django_clvrec.models import Erasure, SourceState, write_database

_SALT = "django_clvrec.erasure"
_BYTES = 16
_ANY_TEXT = "surrogatepass"
SHORT = 8
"""Bytes that stand for a customer beside rows of arrays; two of a million share one in no shop."""


@dataclass(frozen=True, kw_only=True)
class Marked:
    """Customers of a source by their marks."""

    source: str
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def __contains__(self, customer_key: str) -> bool:
        return not self.digests.isdisjoint(digests_of(self.source, customer_key))


def digest_of(source: str, customer_key: str) -> str:
    """What stands for a customer of a source; it tells nothing without SECRET_KEY."""
    return _digest(settings.SECRET_KEY, source, customer_key)


def digests_of(source: str, *customer_keys: str) -> list[str]:
    """The same of all keys of one, and those that were made before SECRET_KEY was changed."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_digest(secret, source, key) for key in customer_keys for secret in secrets]


def number_of(digest: str) -> int:
    """The first bytes of a digest, as arrays hold them."""
    return int(digest[: 2 * SHORT], 16)


def lock(source: str) -> None:
    """Within a transaction: have everybody wait who erases, or changes what is live."""
    # an update, for SQLite knows no other lock, and lets only who begins with one wait for others
    _states(source).update(revision=F("revision"))


def next_revision(source: str) -> int:
    """The same for an erasure, which gets its number."""
    SourceState.objects.using(write_database()).get_or_create(source=source)
    _states(source).update(revision=F("revision") + 1)
    return _states(source).values_list("revision", flat=True).get()


def revision_of(source: str) -> int:
    """The number of the last erasure; 0 without any."""
    return _states(source).values_list("revision", flat=True).first() or 0


def mark(
    source: str, customer_keys: Sequence[str], revision: int, at: datetime, *, stays_out: bool
) -> None:
    """Note that customers are erased. Who stays out already does so until somebody lets them in."""
    known = {digest: key for key in customer_keys for digest in digests_of(source, key)}
    rows = _marks(source).filter(digest__in=known)
    out = {known[found] for found in rows.filter(stays_out=True).values_list("digest", flat=True)}
    rows.delete()
    _marks(source).bulk_create(
        Erasure(
            source=source,
            digest=digest_of(source, key),
            erased_at=at,
            stays_out=stays_out or key in out,
            revision=revision,
        )
        for key in dict.fromkeys(customer_keys)
    )


def unmark(source: str, customer_keys: Iterable[str]) -> Marked:
    """Forget that customers were erased or stay out; who of them stayed out."""
    rows = _marks(source).filter(digest__in=digests_of(source, *customer_keys))
    stayed_out = frozenset(rows.filter(stays_out=True).values_list("digest", flat=True))
    rows.delete()
    return Marked(source=source, digests=stayed_out)


def staying_out(source: str) -> Marked:
    """Who is not learnt from. One query."""
    found = _marks(source).filter(stays_out=True).values_list("digest", flat=True)
    return Marked(source=source, digests=frozenset(found))


def erased_since(source: str, revision: int) -> tuple[Marked, int]:
    """Who was erased after `revision`, and the number of the last of them. One query."""
    rows = _marks(source).filter(revision__gt=revision).values_list("digest", "revision")
    found = dict(rows)
    marked = Marked(source=source, digests=frozenset(found))
    return marked, max(found.values(), default=revision)


def _states(source: str) -> QuerySet[SourceState]:
    return SourceState.objects.using(write_database()).filter(source=source)


def _marks(source: str) -> QuerySet[Erasure]:
    return Erasure.objects.using(write_database()).filter(source=source)


@cache
def _begun(secret: str | bytes, source: str) -> Any:
    """What all digests of a source begin with: millions are made where anybody is marked."""
    # of the secret that signs, but not the same
    key = salted_hmac(_SALT, "mark", secret, algorithm="sha256").digest()
    return blake2b(f"{source}\0".encode(errors=_ANY_TEXT), key=key, digest_size=_BYTES)


def _digest(secret: str | bytes, source: str, customer_key: str) -> str:
    digest = _begun(secret, source).copy()
    digest.update(customer_key.encode(errors=_ANY_TEXT))
    found: str = digest.hexdigest()
    return found
