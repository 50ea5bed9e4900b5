"""A finding about items whose purchases look like a push."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_clvrec.doctor.findings import ORDERS, Finding, warning
from django_clvrec.doctor.words import count
from django_clvrec.quarantine.deciding import undecided


def waiting(source: str) -> Iterator[Finding]:
    """Whether somebody has to decide; nothing where nobody has to. One query."""
    number = undecided(source)
    if number:
        text = ngettext(
            "%(number)s item is in quarantine: newcomers bought it more than chance explains.",
            "%(number)s items are in quarantine: newcomers bought them more than chance explains.",
            number,
        )
        hint = _(
            "Look at “Items in quarantine” in the admin, and let them count again or keep them out."
        )
        yield warning(ORDERS, text % {"number": count(number)}, hint)
