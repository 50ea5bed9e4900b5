"""What `manage.py check` says of a webhook, which is never its secret."""

import pytest
from django.core.checks import Error

from django_clvrec.checks import check_settings
from tests.test_checks import HOOK, WANTED


@pytest.mark.parametrize(
    "wrong",
    [
        *({"url": url} for url in (
            None, "", "crm.example", "//crm.example", "ftp://crm.example", "file:///etc/passwd",
            "https://", "https://me:pass@crm.example", "https://crm.example:0",
            "https://crm.example:99999", "https://crm.example/a b", "https://crm.example/\n",
            "https://bücher.example", "https://[::1",
        )),
        *({"events": events} for events in (
            None, [], "tier_changed", {"tier_changed"}, ["sold"], [["tier_changed"]],
        )),
        {"timeout": 3},
    ],
)  # fmt: skip
def test_a_wrong_webhook_is_told_without_its_secret(settings, wrong):
    settings.CLVREC = {"WEBHOOK": HOOK | wrong}
    shown = HOOK | wrong | {"secret": "…"}
    assert check_settings() == [
        Error(
            f"CLVREC['WEBHOOK'] is {shown!r}, which is not {WANTED['WEBHOOK']}.",
            hint="The default is None.",
            id="clvrec.E002",
        )
    ]
