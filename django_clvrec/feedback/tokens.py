"""Tokens: a page view writes nothing, so what was shown travels with the page, signed."""

import math
import struct
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from django_clvrec.conf import get_config, load_class
from django_clvrec.exceptions import BadToken, ExpiredToken
from django_clvrec.feedback.subjects import Subject, subjects_of
from django_clvrec.models import KEY_LENGTH, LEVEL_LENGTH

_SALT = "django_clvrec.feedback.list.3"  # the number is that of the members in `_packed`
_HOUR = 3600
_POPULAR = "popular"
_CHECK = b"\x01\xc1"
"""In front of propensities, so that those of another key are told from these."""


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
    the token is signed and not encrypted, so visitors can read it. Raises ValueError where they are
    longer than 100 and 255 characters. With `is_personalised` False a customer's list counts as one
    of tier new, for that is what was shown.
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
        items=tuple((item.key, _rounded(drawn.get(item.key))) for item in answer.items),
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
    of another customer, as staff see it.
    """
    if request is None or not any(True for _ in answer.items):
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
    return bool(policy.known_customer(request) == policy.customer_key(request))


def told(source: str) -> str:
    """A source as visitors may know it: that a list is popular in a tier would tell the tier."""
    return _POPULAR if str(source).startswith(_POPULAR) else str(source)


def _rounded(propensity: float | None) -> float | None:
    """To four digits that count: a small probability is not none."""
    return None if propensity is None else float(f"{propensity:.4g}")


def _packed(token: ShownToken) -> list[Any]:
    keys = [key for key, _ in token.items]
    drawn = [propensity for _, propensity in token.items]
    # popular lists are those that may be drawn; all of them look alike
    may_tell = token.source == _POPULAR or any(one is not None for one in drawn)
    veiled = _veiled(drawn, token.list_id) if may_tell else ""
    return [
        token.list_id.hex, token.subject, token.level, token.intent, token.source,
        token.snapshot_id, keys, veiled, token.variant, token.context,
        int(token.is_personalised),
    ]  # fmt: skip


def _veiled(drawn: Sequence[float | None], list_id: uuid.UUID) -> str:
    """Propensities as visitors cannot read them: that a list was drawn would tell their tier.

    Four bytes each, under a stream that is used for this one list.
    """
    numbers = (math.nan if one is None else one for one in drawn)
    plain = _CHECK + struct.pack(f">{len(drawn)}f", *numbers)
    stream = _stream(list_id, len(plain), settings.SECRET_KEY)
    return bytes(a ^ b for a, b in zip(plain, stream, strict=True)).hex()


def _unveiled(text: str, list_id: uuid.UUID) -> list[float | None]:
    veiled = bytes.fromhex(text)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        stream = _stream(list_id, len(veiled), secret)
        plain = bytes(a ^ b for a, b in zip(veiled, stream, strict=True))
        if plain.startswith(_CHECK) and len(plain) % 4 == 2:
            found = struct.unpack(f">{len(plain) // 4}f", plain[2:])
            return [None if math.isnan(one) else float(f"{one:.6g}") for one in found]
    raise ValueError("Propensities were written under another key.")


def _stream(list_id: uuid.UUID, size: int, secret: str | bytes) -> bytes:
    """As many bytes as are needed, which only who knows the secret can tell."""
    parts = (
        salted_hmac(_SALT, f"{list_id.hex}:{number}", secret, algorithm="sha512").digest()
        for number in range(-(-size // 64))
    )
    return b"".join(parts)[:size]


def _unpacked(packed: list[Any]) -> ShownToken:
    (
        list_id, subject, level, intent, source, snapshot_id, keys, veiled, variant, context,
        is_personalised,
    ) = packed  # fmt: skip
    drawn = _unveiled(veiled, uuid.UUID(hex=list_id)) if veiled else [None] * len(keys)
    return ShownToken(
        list_id=uuid.UUID(hex=list_id),
        subject=subject,
        level=level,
        intent=intent,
        source=source,
        snapshot_id=snapshot_id,
        items=tuple(zip(keys, drawn, strict=True)),
        variant=variant,
        context=context,
        is_personalised=bool(is_personalised),
    )
