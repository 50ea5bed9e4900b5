"""Findings about drift: whether the live snapshot, and the newest, are far from the one before."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from django_clvrec.doctor.findings import CUSTOMERS, Finding, ok, warning
from django_clvrec.doctor.words import decimal, percent


def of_report(report: Mapping[str, Any]) -> Iterator[Finding]:
    """What the live refresh measured; nothing where there was nothing to compare with."""
    drift = report.get("drift")
    if not drift:
        return
    for alarm in drift["alarms"]:
        hint = _(
            "Look what changed: a campaign, a season, or orders that are missing or counted twice. "
            "Where it is right, nothing is to be done. docs/how-to/monitoring.md"
        )
        yield warning(CUSTOMERS, _text(alarm, drift["against"]), hint)
    if not drift["alarms"] and drift["psi"]:
        text = _(
            "Customers are much as they were in snapshot #%(number)s: the stability index is at "
            "most %(value)s."
        )
        named = {"number": drift["against"], "value": decimal(max(drift["psi"].values()))}
        yield ok(CUSTOMERS, text % named)


def _text(alarm: Mapping[str, Any], against: int) -> str:
    named = {"number": against, "of": alarm["of"].replace("_", " ")}
    if alarm["index"] == "psi":
        text = _(
            "Customers are unlike those of snapshot #%(number)s in %(of)s: the stability index is "
            "%(value)s, and DRIFT allows %(bound)s."
        )
        return text % {
            **named,
            "value": decimal(alarm["value"]),
            "bound": decimal(alarm["bound"]),
        }
    named |= {"value": percent(alarm["value"]), "bound": percent(alarm["bound"])}
    if alarm["index"] == "coverage":
        text = _(
            "Lists of %(of)s hold far fewer or far more different items than those of snapshot "
            "#%(number)s: the smaller number is %(value)s of the larger, and DRIFT asks for "
            "%(bound)s."
        )
    else:
        text = _(
            "Lists of %(of)s share %(value)s of their first items with those of snapshot "
            "#%(number)s, and DRIFT asks for %(bound)s."
        )
    return text % named
