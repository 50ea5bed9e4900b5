"""Marks tell who was erased to who has the key, and to nobody else."""

from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.marks import Marked, digest_of, digests_of, number_of

TEXT = st.text(max_size=30)


@given(TEXT, TEXT, TEXT)
def test_a_mark_is_that_of_one_customer_of_one_source(source, one, other):
    assert (digest_of(source, one) == digest_of(source, other)) == (one == other)
    marked = Marked(source=source, digests=frozenset({digest_of(source, one)}))
    assert one in marked
    assert (other in marked) == (one == other)


@given(TEXT)
def test_the_parts_of_what_is_digested_do_not_run_together(key):
    assert digest_of("a", f"b{key}") != digest_of("ab", key)


def test_a_digest_changes_with_the_secret_and_old_ones_are_known(settings):
    before = digest_of("corner", "ann")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert digest_of("corner", "ann") != before
    assert before in digests_of("corner", "ann")


def test_the_number_in_arrays_has_eight_bytes():
    assert 0 < number_of(digest_of("corner", "ann")) < 2**64


def test_nobody_is_marked_without_marks():
    assert not Marked(source="corner")
    assert "ann" not in Marked(source="corner")
