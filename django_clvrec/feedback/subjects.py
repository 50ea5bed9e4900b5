"""Whose feedback it is: a customer, or a visitor whom the policy can tell from others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from django_clvrec import marks, preview
from django_clvrec.conf import get_config, load_class
from django_clvrec.models import KEY_LENGTH, Erasure, write_database
from django_clvrec.policy import key_of
from django_clvrec.pseudonyms import marked_keys, stored_key
from django_clvrec.sources import registered

_SALT = "django_clvrec.feedback.subject"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One customer or visitor."""

    key: str
    """As it is stored: of a customer a pseudonym, with PSEUDONYM_KEY."""
    is_customer: bool
    marked: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """By which keys a customer may be marked as erased, where the shop's own is known."""

    def digest(self) -> str:
        """What stands for the key in a token; it tells nothing without SECRET_KEY."""
        return self._digest(settings.SECRET_KEY)

    def is_meant_by(self, digest: str) -> bool:
        """Whether a token with `digest` is this one's, also after SECRET_KEY was changed."""
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return any(constant_time_compare(digest, self._digest(secret)) for secret in secrets)

    def _digest(self, secret: str | bytes) -> str:
        named = f"{'customer' if self.is_customer else 'visitor'}:{self.key}"
        return salted_hmac(_SALT, named, secret, algorithm="sha256").hexdigest()[:32]


def customer(customer_key: str) -> Subject:
    """The customer whom the shop knows by this key."""
    key, marked = stored_key(customer_key), marked_keys(customer_key)
    return Subject(key=key, is_customer=True, marked=marked)


def subjects_of(request: HttpRequest) -> tuple[Subject, ...]:
    """Who may be meant by the request's tokens, first for whom new ones are made.

    The customer and the visitor of the same browser; none where the policy tracks neither, and in
    a preview.
    """
    policy = load_class("POLICY")()
    if not policy.tracks(request):
        return ()
    # what staff do who look at the shop as a customer sees it is not the customer's
    if preview.customer_of(request, policy.may_inspect_customer) is not None:
        return ()
    keys = ((key_of(policy.customer_key(request)), True), (policy.visitor_key(request), False))
    return tuple(
        customer(key) if is_customer else Subject(key=key, is_customer=False)
        for key, is_customer in keys
        if key and len(key) <= KEY_LENGTH
    )


def kept(subjects: Sequence[Subject], now: datetime) -> Sequence[Subject]:
    """Those of whom feedback is kept: no customers who stay out, nor who were just erased.

    Their open pages still have tokens, so nothing of them is kept until these have expired. One
    query; none for visitors.
    """
    by_digest = {
        digest: one
        for one in subjects
        if one.is_customer
        for source in registered()
        for digest in marks.digests_of(source, *(one.marked or (one.key,)))
    }
    if not by_digest:
        return subjects
    rows = Erasure.objects.using(write_database()).filter(digest__in=by_digest)
    since = now - timedelta(hours=get_config()["TOKEN_HOURS"])
    found = rows.filter(Q(stays_out=True) | Q(erased_at__gt=since))
    gone = {by_digest[digest] for digest in found.values_list("digest", flat=True)}
    return [one for one in subjects if one not in gone]
