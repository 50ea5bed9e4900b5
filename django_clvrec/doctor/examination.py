"""All findings of a source, each part by itself: what ails one does not hide the others."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from django_clvrec.doctor import (
    benefit,
    customers,
    drift,
    machinery,
    orders,
    pseudonyms,
    quarantine,
    refreshes,
    retention,
    starting,
)
from django_clvrec.doctor import findings as topics
from django_clvrec.doctor.findings import Finding, Severity, error, ok, told
from django_clvrec.doctor.privacy import without_secrets
from django_clvrec.doctor.records import Record, record_of
from django_clvrec.exceptions import NoSource
from django_clvrec.sources import PurchaseSource, get_source

ORDER = list(topics.TOPICS)


def examine(source: str | None = None, *, deep: bool = True) -> list[Finding]:
    """What is well and what is not with a source, by default the first one, topic by topic.

    Without `deep` it is two queries, for the pages of the admin: whether there is a source, what
    is live and how old, how the last refresh ended, what runs, and whether customers are enough.
    With it, the shop's orders, the broker and its workers, Java, the schedule and the settings are
    looked at too, which takes seconds. Nothing is raised: what cannot be examined is a finding.
    Passwords are taken out.
    """
    found = sorted(_findings(source, deep=deep), key=lambda one: ORDER.index(one.topic))
    return [
        replace(one, text=without_secrets(one.text), hint=without_secrets(one.hint))
        for one in found
    ]


def _findings(source: str | None, *, deep: bool) -> Iterator[Finding]:
    shop, record = None, None
    try:
        shop = get_source(source)
    except NoSource as missing:
        yield told(
            topics.SOURCE,
            Severity.ERROR,
            missing,
            _("Use one of the names, or none for the first source."),
        )
    if shop is not None:
        yield ok(topics.SOURCE, _("The source is %(source)s.") % {"source": shop.name})
        known: list[Record] = []
        yield from guarded(topics.REFRESH, lambda: _recorded(shop.name, known))
        record = known[0] if known else None
    if deep:
        yield from _of_machinery(record)
        if shop is not None:
            # without a database of their own, orders may be in reach all the same
            yield from _of_orders(shop, record or Record.empty(shop.name))


def _recorded(source: str, known: list[Record]) -> Iterator[Finding]:
    record = record_of(source)
    known.append(record)
    yield from refreshes.findings(record)
    yield from pseudonyms.findings(record)
    yield from customers.of_report(record.report)
    yield from drift.of_report(record.report)


def _of_machinery(record: Record | None) -> Iterator[Finding]:
    yield from guarded(topics.DATABASE, machinery.database)
    yield from guarded(topics.ENGINE, machinery.engine)
    yield from guarded(topics.BROKER, lambda: starting.workers(record))
    if record is not None:
        yield from guarded(topics.SCHEDULE, lambda: starting.planned(record))
        yield from guarded(topics.RETENTION, lambda: retention.findings(record.source))
    yield from guarded(topics.SETTINGS, machinery.checks)


def _of_orders(shop: PurchaseSource, record: Record) -> Iterator[Finding]:
    yield from guarded(topics.ORDERS, lambda: orders.volume(shop, record))
    yield from guarded(topics.ORDERS, lambda: orders.dropped(record.report))
    yield from guarded(topics.ORDERS, lambda: quarantine.waiting(shop.name))
    yield from guarded(topics.CUSTOMERS, lambda: _of_buyers(shop, record))


def _of_buyers(shop: PurchaseSource, record: Record) -> Iterator[Finding]:
    buyers = orders.buyers_of(shop, record)
    if buyers is not None:
        if record.live is None:  # else the report has told
            yield from customers.enough(buyers.customers, buyers.known)
        yield from customers.one_time(buyers)
    yield from guarded(topics.BENEFIT, lambda: benefit.findings(record, buyers))


def guarded(topic: str, part: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a part; one more where it cannot be examined to its end."""
    try:
        yield from part()
    except Exception as failure:  # noqa: BLE001 - databases, brokers and sources raise what they like
        name = type(failure).__name__
        why = told(topic, Severity.ERROR, failure)
        text = _("This could not be examined. %(kind)s: %(error)s")
        hint = why.hint or _("Look whether the database, the files and the network are there.")
        yield error(topic, text % {"kind": name, "error": why.text}, hint)
