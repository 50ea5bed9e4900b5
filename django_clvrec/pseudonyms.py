"""Customers' keys as they are stored: the shop's own or, with PSEUDONYM_KEY, a keyed hash of each.

    the shop's key ──stored_key──▶ tables, files, caches, exports, signals, webhooks

There is no way back: what is asked of the shop's orders is asked by the shop's key. Whatever is
read from our tables is a StoredKey, which stays as it is, so that nothing is hashed twice. A source
takes no part: feedback knows none, and a customer may buy in several.
docs/how-to/pseudonyms.md
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django_clvrec.conf import get_config
from django_clvrec.exceptions import OnlyPseudonym

PREFIX = "p-"
"""Tells people what it is, and spreadsheets that it is no number."""
DIGITS = 32
SHAPE = re.compile(rf"{PREFIX}[0-9a-f]{{{DIGITS}}}")
REPORTED = "pseudonyms"
"""Where a snapshot's report says under which secret it was made."""

# neither begins with the other, so that no key has the fingerprint for its pseudonym
_CUSTOMER, _FINGERPRINT = b"django_clvrec.customer:", b"django_clvrec.fingerprint"


class StoredKey(str):
    """A customer's key as our tables have it."""

    __slots__ = ()


def is_on() -> bool:
    """Whether keys are stored as pseudonyms."""
    return get_config()["PSEUDONYM_KEY"] is not None


def stored_key(customer_key: str) -> StoredKey:
    """The key under which a customer of the shop is stored; one that is stored stays as it is.

    The HMAC-SHA256 of the key under PSEUDONYM_KEY, cut to 128 bits: among a billion customers, two
    have the same one with a probability of 1 in 10^21. Without PSEUDONYM_KEY the key itself.
    """
    secret = get_config()["PSEUDONYM_KEY"]
    if secret is None or isinstance(customer_key, StoredKey):
        return StoredKey(customer_key)
    return StoredKey(PREFIX + _digest(secret, _CUSTOMER + _bytes(customer_key)))


def marked_keys(customer_key: str) -> tuple[StoredKey, ...]:
    """The keys by which a customer may be marked as erased: the stored one, and the shop's own.

    By the latter who objected is known after PSEUDONYM_KEY was set or changed, and rows are found
    that are older. What looks like a pseudonym is not taken for a key of the shop: it may be that
    of another customer.
    """
    own = () if SHAPE.fullmatch(customer_key) else (StoredKey(customer_key),)
    return tuple(dict.fromkeys((stored_key(customer_key), *own)))


def stored_keys(customer_keys: Iterable[str | None]) -> list[str | None]:
    """The same for many; what names nobody stays as it is."""
    return [stored_key(key) if key else key for key in customer_keys]


def shop_key(customer_key: str) -> str:
    """The key, if the shop can be asked by it. Raises OnlyPseudonym."""
    if is_on() and isinstance(customer_key, StoredKey):
        raise OnlyPseudonym
    return customer_key


def searched(text: str) -> str:
    """What staff look for: they type the shop's key, or copy a pseudonym from a page."""
    if not is_on() or not text or SHAPE.fullmatch(text):
        return text
    return stored_key(text)


def fingerprint() -> str:
    """What tells one secret from another, and nothing of it; empty without one."""
    secret = get_config()["PSEUDONYM_KEY"]
    return "" if secret is None else _digest(secret, _FINGERPRINT)


def is_current(report: Mapping[str, Any]) -> bool:
    """Whether a snapshot with this report knows customers by the keys that they are asked by."""
    return bool(report.get(REPORTED, "") == fingerprint())


def _digest(secret: str, message: bytes) -> str:
    return hmac.digest(_bytes(secret), message, "sha256").hex()[:DIGITS]


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # an address may hold what no database stores
