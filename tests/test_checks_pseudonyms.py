"""What `manage.py check` says of the key of pseudonyms, which is never the key."""

import pytest
from django.core.checks import Error

from django_clvrec.checks import check_settings
from tests.test_checks import WANTED

OTHER = "the key of the shop, which signs its sessions"


@pytest.mark.parametrize("wrong", ["", "x" * 31, b"x" * 32, 3, True, ["x" * 32], OTHER])
def test_a_key_that_can_be_guessed_or_serves_another_purpose_is_told_without_it(settings, wrong):
    settings.SECRET_KEY = OTHER
    settings.CLVREC = {"PSEUDONYM_KEY": wrong}
    assert check_settings() == [
        Error(
            f"CLVREC['PSEUDONYM_KEY'] is '…', which is not {WANTED['PSEUDONYM_KEY']}.",
            hint="The default is None.",
            id="clvrec.E002",
        )
    ]


def test_nor_may_it_be_a_key_that_signed_sessions_before(settings):
    settings.SECRET_KEY_FALLBACKS = [OTHER]
    settings.CLVREC = {"PSEUDONYM_KEY": OTHER}
    assert [found.id for found in check_settings()] == ["clvrec.E002"]
