"""What is stored for a customer's key."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec import pseudonyms as keys
from django_clvrec.conf import get_config
from django_clvrec.exceptions import OnlyPseudonym
from django_clvrec.pseudonyms import StoredKey, searched, shop_key, stored_key

ANY = st.text(min_size=1, max_size=255)


def under(secret, key="42"):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(get_config(), "PSEUDONYM_KEY", secret)
        return stored_key(key)


def test_without_the_setting_keys_are_stored_as_the_shop_has_them():
    assert stored_key("42") == shop_key("42") == searched("42") == "42"
    assert keys.fingerprint() == ""


def test_a_pseudonym_is_the_keyed_hash_of_the_key(pseudonyms):
    secret = get_config()["PSEUDONYM_KEY"].encode()
    expected = hmac.new(secret, b"django_clvrec.customer:42", hashlib.sha256).hexdigest()[:32]
    assert stored_key("42") == f"p-{expected}"


@given(ANY, ANY)
def test_equal_keys_have_equal_pseudonyms_and_others_have_others(one, other):
    secret = "x" * 32
    assert under(secret, one) == under(secret, one)
    assert (under(secret, one) == under(secret, other)) == (one == other)


@given(ANY)
def test_under_another_secret_every_customer_is_somebody_else(key):
    assert under("x" * 32, key) != under("y" * 32, key)


@given(ANY)
def test_a_pseudonym_fits_an_address_and_is_no_number_to_a_spreadsheet(key):
    found = under("x" * 32, key)
    assert keys.SHAPE.fullmatch(found)
    assert found.isascii()


@given(ANY)
def test_what_is_stored_already_is_never_hashed_again(key):
    once = under("x" * 32, key)
    assert under("x" * 32, once) == once
    assert under("y" * 32, once) == once


@given(ANY)
def test_a_key_of_the_shop_that_looks_like_a_pseudonym_is_hashed_all_the_same(key):
    known = under("x" * 32, key)
    assert under("x" * 32, str(known)) != known


def test_a_key_that_no_database_stores_has_a_pseudonym_too(pseudonyms):
    assert stored_key("\ud800") != stored_key("\0")


def test_the_shop_is_never_asked_by_a_pseudonym(pseudonyms):
    assert shop_key("42") == "42"
    with pytest.raises(OnlyPseudonym, match="Give the key that the customer has in the shop"):
        shop_key(stored_key("42"))


def test_staff_search_by_the_key_of_the_shop_or_by_a_pseudonym_from_a_page(pseudonyms):
    known = stored_key("42")
    assert searched("42") == searched(str(known)) == known
    assert searched("") == ""


def test_a_fingerprint_tells_secrets_apart_and_is_nobodys_pseudonym(pseudonyms):
    first = keys.fingerprint()
    assert keys.is_current({"pseudonyms": first})
    assert not keys.is_current({})
    assert stored_key("") != f"p-{first}"
    pseudonyms("another secret of the tests, long too")
    assert not keys.is_current({"pseudonyms": first})
    pseudonyms(None)
    assert keys.is_current({})


def test_a_stored_key_is_a_text_to_everybody_else():
    assert StoredKey("p-1") == "p-1"
    assert {StoredKey("p-1"): 1}["p-1"] == 1
    assert repr(StoredKey("p-1")) == repr("p-1")
