"""Whether what is live knows customers by the keys they have now."""

import pytest

from django_clvrec.doctor import Severity
from django_clvrec.doctor.privacy import without_secrets
from django_clvrec.pseudonyms import fingerprint
from tests.doctor.conftest import troubles


def test_without_pseudonyms_nothing_is_said_of_them(past, found):
    past.live()
    assert not [one for one in found("refresh", deep=False) if "pseudonym" in one.text.lower()]


def test_pseudonyms_of_the_secret_that_is_set_are_well(past, found, pseudonyms):
    past.live(pseudonyms=fingerprint())
    findings = found("refresh", deep=False)
    assert not troubles(findings)
    assert "Keys of customers are stored as pseudonyms." in [one.text for one in findings]


@pytest.mark.parametrize("secret", [None, "another secret of the tests, long too"])
def test_a_secret_that_changed_or_went_is_an_error_with_the_next_step(
    past, found, pseudonyms, secret
):
    past.live(pseudonyms=fingerprint())
    pseudonyms(secret)
    [one] = troubles(found("refresh", deep=False))
    assert one.severity == Severity.ERROR
    assert "was made under another PSEUDONYM_KEY" in one.text
    assert "manage.py clvrec_refresh" in one.hint


def test_so_is_a_snapshot_from_before_there_was_one(past, found, pseudonyms):
    past.live()
    assert "no customer is known any more" in troubles(found("refresh", deep=False))[0].text


def test_the_secret_is_cut_out_of_what_is_told(pseudonyms, settings):
    secret = settings.CLVREC["PSEUDONYM_KEY"]
    assert without_secrets(f"cannot hash with {secret}") == "cannot hash with …"
