"""Findings about customers: whether there are enough of them to learn from, and the least."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_clvrec.conf import get_config
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.doctor.findings import CUSTOMERS, Finding, Severity, ok, told, warning
from django_clvrec.doctor.words import count, percent

MOST_ONE_TIME = 0.8


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Customers by how often they have ordered."""

    customers: int
    one_time: int
    known: int
    """With MIN_ORDERS orders or more: not `new`."""


def of_report(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the customers of the live snapshot are enough; nothing where nothing is live."""
    if not report:
        return
    known = report["customers"] - report["tiers"].get(NEW, 0)
    yield from enough(report["customers"], known)
    if not known:
        return
    small = _small_tiers(report)
    if small and known >= get_config()["MIN_TIER_CUSTOMERS"]:
        text = _(
            "Too small for models of their own are the tiers %(tiers)s; MIN_TIER_CUSTOMERS asks "
            "for %(least)s. They have that of all customers."
        )
        least = count(get_config()["MIN_TIER_CUSTOMERS"])
        yield ok(CUSTOMERS, text % {"tiers": ", ".join(small), "least": least})
    yield from _alike(report)
    if reason := report.get("lifetime", {}).get("reason"):
        hint = _("Scores, tiers and recommendations do not depend on lifetime values.")
        yield told(CUSTOMERS, Severity.WARNING, reason, hint)


def enough(customers: int, known: int) -> Iterator[Finding]:
    """Whether so many customers with enough orders are enough to learn from."""
    config = get_config()
    least, orders = config["MIN_TIER_CUSTOMERS"], config["MIN_ORDERS"]
    named = {
        "known": count(known), "customers": count(customers), "orders": orders,
        "least": count(least),
    }  # fmt: skip
    if not customers:
        return
    if not known:
        text = _(
            "None of %(customers)s customers has ordered %(orders)s times, so all are new and see "
            "what is popular."
        )
        hint = _("Wait for more orders, or lower MIN_ORDERS.")
        yield warning(CUSTOMERS, text % named, hint)
    elif known < least:
        text = ngettext(
            "Too few customers: %(known)s of %(customers)s has ordered %(orders)s times or more, "
            "and at least %(least)s are needed for models of a tier (MIN_TIER_CUSTOMERS).",
            "Too few customers: %(known)s of %(customers)s have ordered %(orders)s times or more, "
            "and at least %(least)s are needed for models of a tier (MIN_TIER_CUSTOMERS).",
            known,
        )
        hint = _(
            "Until then one model serves all tiers, and clusters and tiers move with every few "
            "orders. Popular items are a sound choice for a small shop."
        )
        yield warning(CUSTOMERS, text % named, hint)
    else:
        text = _("%(known)s of %(customers)s customers have ordered %(orders)s times or more.")
        yield ok(CUSTOMERS, text % named)


def one_time(buyers: Buyers) -> Iterator[Finding]:
    """The share of customers who have ordered once."""
    if not buyers.customers:
        return
    share = buyers.one_time / buyers.customers
    text = _("%(share)s of %(customers)s customers have ordered once.") % {
        "share": percent(share), "customers": count(buyers.customers),
    }  # fmt: skip
    if share > MOST_ONE_TIME:
        hint = _(
            "Lists of their own reach few customers here; most of the gain lies in newcomers: see "
            "docs/how-to/newcomers.md. Look too whether guests get a new key for each order."
        )
        yield warning(CUSTOMERS, text, hint)
    else:
        yield ok(CUSTOMERS, text)


def _small_tiers(report: Mapping[str, Any]) -> list[str]:
    least = get_config()["MIN_TIER_CUSTOMERS"]
    sizes = {tier: report["tiers"].get(tier, 0) for tier in TIERS}
    return [f"{tier} ({count(size)})" for tier, size in sizes.items() if size < least]


def _alike(report: Mapping[str, Any]) -> Iterator[Finding]:
    one = [name for name, found in report.get("clusters", {}).items() if found.get("k") == 1]
    if not one:
        return
    text = _(
        "All customers are alike in %(dimensions)s: at least two different values are needed to "
        "tell clusters apart."
    )
    hint = _("Wait for more orders, and look at the lookups of your source.")
    named = {"dimensions": ", ".join(name.replace("_", " ") for name in one)}
    yield warning(CUSTOMERS, text % named, hint)
