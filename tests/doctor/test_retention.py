"""Whether anything is kept for longer than it may be."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_clvrec.doctor import Severity
from django_clvrec.models import TierChange
from django_clvrec.privacy import prune


def changed(days_ago, source="corner"):
    TierChange.objects.create(
        source=source, customer_key="ann", from_tier="mid", to_tier="high", cause="order",
        snapshot_id=1, changed_at=timezone.now() - timedelta(days=days_ago),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days_ago", "severity"),
    [(736, Severity.OK), (738, Severity.WARNING)],
    ids=["a few days", "more than a week"],
)
def test_what_should_have_gone_is_told(past, found, days_ago, severity):
    changed(days_ago)
    [one] = found("retention")
    assert one.severity == severity
    assert ("clvrec.prune" in one.hint) == (severity == Severity.WARNING)
    prune()
    [one] = found("retention")
    assert one.severity == Severity.OK


def test_another_sources_history_is_not_its_matter(past, found):
    changed(800, source="other")
    [one] = found("retention")
    assert one.severity == Severity.OK
