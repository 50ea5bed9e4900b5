"""What an examination finds: a topic, how bad it is, what is the case and what to do."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SOURCE, REFRESH, CUSTOMERS, ORDERS, BENEFIT = "source", "refresh", "customers", "orders", "benefit"
DATABASE, ENGINE, BROKER, SCHEDULE = "database", "engine", "broker", "schedule"
SETTINGS, RETENTION = "settings", "retention"

TOPICS = {
    SOURCE: gettext_lazy("Purchase source"),
    REFRESH: gettext_lazy("Refresh"),
    ORDERS: gettext_lazy("Orders"),
    CUSTOMERS: gettext_lazy("Customers"),
    BENEFIT: gettext_lazy("Expected benefit"),
    DATABASE: gettext_lazy("Database"),
    ENGINE: gettext_lazy("Engine"),
    BROKER: gettext_lazy("Broker and workers"),
    SCHEDULE: gettext_lazy("Schedule"),
    RETENTION: gettext_lazy("What is kept"),
    SETTINGS: gettext_lazy("Settings"),
}
"""What topics are called, in the order in which they are told."""


class Severity(IntEnum):
    """How bad it is; the number of the worst is the exit code of `clvrec_doctor`."""

    OK = 0
    WARNING = 1
    ERROR = 2

    @property
    def word(self) -> str:
        """For JSON and for classes of CSS: never translated."""
        return self.name.lower()

    @property
    def label(self) -> str:
        return {0: _("ok"), 1: _("warning"), 2: _("error")}[self]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is well, or is not."""

    topic: str
    severity: Severity
    text: str
    hint: str = ""
    """The next step; empty where there is nothing to do."""

    @property
    def topic_label(self) -> str:
        return str(TOPICS[self.topic])

    def to_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "severity": self.severity.word,
            "text": self.text,
            "hint": self.hint,
        }


def ok(topic: str, text: str, hint: str = "") -> Finding:
    return Finding(topic=topic, severity=Severity.OK, text=text, hint=hint)


def warning(topic: str, text: str, hint: str) -> Finding:
    return Finding(topic=topic, severity=Severity.WARNING, text=text, hint=hint)


def error(topic: str, text: str, hint: str) -> Finding:
    return Finding(topic=topic, severity=Severity.ERROR, text=text, hint=hint)


def told(topic: str, severity: Severity, failure: Exception | str, hint: str = "") -> Finding:
    """What an error says: its first paragraph is the fact, the others are the next step."""
    fact, _gap, step = str(failure).strip().partition("\n\n")
    flat, step = " ".join(fact.split()), " ".join(step.split())
    name = type(failure).__name__ if isinstance(failure, Exception) else ""
    return Finding(topic=topic, severity=severity, text=flat or name, hint=step or hint)
