"""Tokens: a page view writes nothing, so what was shown travels with the page, signed."""

import math
import struct
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import shake_256
from typing import Any, Protocol

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from django_clvrec.conf import get_config, load_class
from django_clvrec.exceptions import BadToken, ExpiredToken
from django_clvrec.feedback.subjects import Subject, subjects_of
from django_clvrec.models import KEY_LENGTH, LABEL_LENGTH, LEVEL_LENGTH
from django_clvrec.policy import key_of

_SALT = "django_clvrec.feedback.list.4"  # the number is that of the members in `_packed`
_HOUR = 3600
_POPULAR = "popular"
_CHECK = b"\x01\xc1"
"""In front of what is veiled, so that what another key veiled is told from it."""
_ANY_TEXT = "surrogatepass"


class Item(Protocol):
    @property
    def key(self) -> str: ...


class Shown(Protocol):
    """What a token needs of an answer; `django_clvrec.serving.Answer` has it."""

    @property
    def items(self) -> Iterable[Item]: ...
    @property
    def level(self) -> str: ...
    @property
    def intent(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def snapshot_id(self) -> int: ...
    @property
    def customer_key(self) -> str | None: ...
    @property
    def variant(self) -> str: ...
    @property
    def context(self) -> str: ...
    @property
    def propensities(self) -> Mapping[str, float] | None: ...
    @property
    def is_standby(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class ShownToken:
    """What a token says of the list that was rendered."""

    list_id: uuid.UUID
    subject: str
    """The digest of whom it was rendered for."""
    level: str
    intent: str
    source: str
    """Of the answer, as visitors are told it."""
    snapshot_id: int
    items: tuple[tuple[str, float | None], ...]
    """Item keys in order, each with the probability of being in the list where it was drawn."""
    variant: str = ""
    context: str = ""
    is_personalised: bool = True
    """False where a customer was shown what newcomers are."""

    def rank_of(self, item_key: str) -> int | None:
        """The item's place in the list, from 1; None where it is not in it."""
        places = (rank for rank, (key, _) in enumerate(self.items, 1) if key == item_key)
        return next(places, None)


def token_for(
    answer: Shown,
    *,
    subject: Subject,
    variant: str | None = None,
    propensities: Mapping[str, float] | None = None,
    context: str | None = None,
    is_personalised: bool = True,
) -> str:
    """The token of `answer` as it is shown to `subject` once; each call makes another list.

    `propensities` by item key, `variant` and `context` are those of the answer where they are not
    given. `variant` and `context` are kept with what is shown, for experiments and for what learns;
    the token is signed, and but for the variant and propensities visitors can read it. Raises
    ValueError where they are longer than 100 and 255 characters. With `is_personalised` False
    a customer's list counts as one of tier new, for that is what was shown.
    """
    variant = answer.variant if variant is None else variant
    context = answer.context if context is None else context
    if len(variant) > LEVEL_LENGTH or len(context) > KEY_LENGTH:
        raise ValueError(f"At most {LEVEL_LENGTH} characters of variant, {KEY_LENGTH} of context.")
    drawn = (answer.propensities if propensities is None else propensities) or {}
    token = ShownToken(
        list_id=uuid.uuid4(),
        subject=subject.digest(),
        level=answer.level,
        intent=answer.intent,
        source=told(answer.source),
        snapshot_id=answer.snapshot_id,
        items=tuple([(item.key, drawn.get(item.key)) for item in answer.items]),
        variant=variant,
        context=context,
        is_personalised=is_personalised,
    )
    return signing.dumps(_packed(token), salt=_SALT, compress=True)


def read_token(text: str) -> ShownToken:
    """What a token says. Raises BadToken, and its child ExpiredToken."""
    config = get_config()
    # a list that was stored and removed again must not come back
    hours = min(config["TOKEN_HOURS"], config["FEEDBACK_DAYS"] * 24)
    try:
        return _unpacked(signing.loads(text, salt=_SALT, max_age=hours * _HOUR))
    except signing.SignatureExpired as error:
        raise ExpiredToken from error
    except (signing.BadSignature, ValueError, TypeError, zlib.error) as error:
        raise BadToken from error


def list_token(
    request: HttpRequest | None,
    answer: Shown,
    *,
    variant: str | None = None,
    propensities: Mapping[str, float] | None = None,
    context: str | None = None,
) -> str:
    """The token of `answer` for whoever sent `request`.

    Empty where there is nothing to report: no items, a visitor who is not tracked, or the list
    of another customer, as staff see it, or what stands in for a list while the database is away.
    """
    if request is None or not any(True for _ in answer.items) or answer.is_standby:
        return ""
    subjects = subjects_of(request)
    own = {None, *(one.key for one in subjects if one.is_customer)}
    if not subjects or answer.customer_key not in own:
        return ""
    return token_for(
        answer,
        subject=subjects[0],
        variant=variant,
        propensities=propensities,
        context=context,
        is_personalised=answer.customer_key is not None or _is_personalised(request),
    )


def _is_personalised(request: HttpRequest) -> bool:
    policy = load_class("POLICY")()
    return bool(policy.known_customer(request) == key_of(policy.customer_key(request)))


def told(source: str) -> str:
    """A source as visitors may know it: that a list is popular in a tier would tell the tier."""
    return _POPULAR if str(source).startswith(_POPULAR) else str(source)


def _packed(token: ShownToken) -> list[Any]:
    return [
        token.list_id.hex, token.subject, token.level, token.intent, token.source,
        token.snapshot_id, [key for key, _ in token.items], _veiled(token), token.context,
        int(token.is_personalised),
    ]  # fmt: skip


def _veiled(token: ShownToken) -> str:
    """What visitors cannot read: that a list was drawn, or belongs to an experiment of some tiers,
    would tell their tier.

    Four bytes per propensity, and LABEL_LENGTH for every variant of an experiment, under a stream
    that is used for this one list.
    """
    drawn = [propensity for _, propensity in token.items]
    numbers: list[float] = []
    # popular lists are those that may be drawn; all of them look alike
    if token.source == _POPULAR or drawn.count(None) < len(drawn):
        numbers = [math.nan if one is None else one for one in drawn]
    variant = token.variant.encode(errors=_ANY_TEXT).ljust(LABEL_LENGTH, b"\0")
    plain = _CHECK + struct.pack(f">H{len(numbers)}f", len(numbers), *numbers) + variant
    return _mixed(plain, token.list_id, settings.SECRET_KEY).hex()


def _unveiled(text: str, list_id: uuid.UUID) -> tuple[list[float | None], str]:
    """Propensities, none where the list could not be drawn, and the variant."""
    veiled = bytes.fromhex(text)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        plain = _mixed(veiled, list_id, secret)
        if plain.startswith(_CHECK):
            (size,) = struct.unpack_from(">H", plain, 2)
            found = struct.unpack_from(f">{size}f", plain, 4)
            # four digits that count: a small probability is not none
            drawn = [None if math.isnan(one) else float(f"{one:.4g}") for one in found]
            return drawn, plain[4 + 4 * size :].rstrip(b"\0").decode(errors=_ANY_TEXT)
    raise ValueError("It was written under another key.")


def _mixed(data: bytes, list_id: uuid.UUID, secret: str | bytes) -> bytes:
    """With bytes that only who knows the secret can tell; the same again undoes it."""
    stream = shake_256(_veil_key(secret) + list_id.bytes).digest(len(data))
    mixed = int.from_bytes(data) ^ int.from_bytes(stream)
    return mixed.to_bytes(len(data))


@cache
def _veil_key(secret: str | bytes) -> bytes:
    """Of the secret that signs, but not the same. Always as long, so that no other key and list
    together make the same bytes."""
    return salted_hmac(_SALT, "veil", secret, algorithm="sha512").digest()


def _unpacked(packed: list[Any]) -> ShownToken:
    (
        list_hex, subject, level, intent, source, snapshot_id, keys, veiled, context,
        is_personalised,
    ) = packed  # fmt: skip
    list_id = uuid.UUID(hex=list_hex)
    drawn, variant = _unveiled(veiled, list_id)
    return ShownToken(
        list_id=list_id,
        subject=subject,
        level=level,
        intent=intent,
        source=source,
        snapshot_id=snapshot_id,
        items=tuple(zip(keys, drawn or [None] * len(keys), strict=True)),
        variant=variant,
        context=context,
        is_personalised=bool(is_personalised),
    )
