"""Findings about pseudonyms: whether what is live knows customers by the keys they have now."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from django_clvrec.doctor.findings import REFRESH, Finding, error, ok
from django_clvrec.doctor.records import Record
from django_clvrec.pseudonyms import is_current, is_on


def findings(record: Record) -> Iterator[Finding]:
    """No query: the report says under which secret it was made."""
    live = record.live
    if live is not None and not is_current(record.report):
        text = _(
            "Snapshot #%(number)s was made under another PSEUDONYM_KEY, so no customer is known "
            "any more: everybody sees what is popular."
        )
        hint = _(
            "Set the key that was there before, or run `manage.py clvrec_refresh`: it reads all "
            "orders anew. See docs/how-to/pseudonyms.md."
        )
        yield error(REFRESH, text % {"number": live.pk}, hint)
    elif is_on():
        yield ok(REFRESH, _("Keys of customers are stored as pseudonyms."))
