"""A/B experiments: who gets what, and what can be said of it; against SciPy and simulations."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from django_clvrec.core.experiments import assign, sample_ratio

EVEN = {"control": 1.0, "bold": 1.0}
UNEVEN = {"control": 0.5, "bold": 0.3, "shy": 0.2}
SUBJECTS = [f"customer-{number}" for number in range(20_000)]

# who gets what

KEYS = st.text(max_size=8)
WEIGHTS = st.dictionaries(KEYS, st.floats(0.01, 100), min_size=1, max_size=5)


def assigned(experiment, weights, subjects=SUBJECTS):
    return [assign(subject, experiment, weights) for subject in subjects]


@pytest.mark.parametrize("weights", [EVEN, UNEVEN])
def test_variants_get_their_shares_of_subjects(weights):
    """χ² over 20000 subjects."""
    counts = Counter(assigned("banner", weights))
    shares = np.array(list(weights.values())) / sum(weights.values())
    observed = [counts[variant] for variant in weights]
    assert stats.chisquare(observed, shares * len(SUBJECTS)).pvalue > 0.01


def test_two_experiments_are_independent():
    pairs = Counter(zip(assigned("banner", UNEVEN), assigned("basket", UNEVEN), strict=True))
    table = [[pairs[one, other] for other in UNEVEN] for one in UNEVEN]
    assert stats.chi2_contingency(table).pvalue > 0.01


def test_who_gets_what_stays_from_release_to_release():
    """These are part of the contract: a change would reshuffle running experiments."""
    found = assigned("banner", UNEVEN, SUBJECTS[:8])
    expected = "control control control shy control bold shy bold"
    assert found == expected.split()


@given(KEYS, KEYS, WEIGHTS)
def test_a_subject_keeps_its_variant_whatever_the_order(subject, experiment, weights):
    turned = dict(reversed(weights.items()))
    assert assign(subject, experiment, weights) == assign(subject, experiment, turned)


@given(KEYS, KEYS, WEIGHTS, st.floats(0.01, 100))
def test_only_the_ratio_of_weights_matters(subject, experiment, weights, factor):
    scaled = {variant: weight * factor for variant, weight in weights.items()}
    assert assign(subject, experiment, weights) == assign(subject, experiment, scaled)


@given(KEYS, KEYS, WEIGHTS, KEYS, st.floats(0.01, 100))
def test_a_new_variant_takes_subjects_but_moves_none_elsewhere(
    subject, experiment, weights, new, weight
):
    assume(new not in weights)
    found = assign(subject, experiment, weights | {new: weight})
    assert found in (new, assign(subject, experiment, weights))


@given(KEYS, KEYS, WEIGHTS, KEYS)
def test_a_variant_without_weight_gets_nobody(subject, experiment, weights, ended):
    assume(ended not in weights)
    found = assign(subject, experiment, weights | {ended: 0.0})
    assert found == assign(subject, experiment, weights)


def test_a_new_variant_takes_its_share_and_no_more():
    before, after = assigned("banner", EVEN), assigned("banner", EVEN | {"new": 1.0})
    moved = np.mean([one != other for one, other in zip(before, after, strict=True)])
    assert moved == pytest.approx(1 / 3, abs=0.01)


def test_keys_that_read_alike_when_joined_are_different():
    subjects = [str(number) for number in range(200)]
    assert assigned("a1", EVEN, subjects) != assigned("a", EVEN, [f"1{key}" for key in subjects])


@pytest.mark.parametrize("weights", [{}, {"a": 0.0}, {"a": 1.0, "b": -1.0}, {"a": np.nan}])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match="at least 0"):
        assign("anybody", "banner", weights)


# whether subjects arrived as they should


def test_a_sample_ratio_that_is_off_is_found():
    found = sample_ratio({"control": 1100, "bold": 900}, EVEN)
    assert found.is_mismatch
    assert found.p_value == pytest.approx(stats.chisquare([1100, 900]).pvalue)


def test_a_sample_ratio_as_planned_is_no_mismatch():
    assert sample_ratio({"control": 1000, "bold": 1000}, EVEN).p_value == 1
    assert not sample_ratio({"control": 1020, "bold": 980}, EVEN).is_mismatch
    assert not sample_ratio({"control": 1000, "bold": 600, "shy": 400}, UNEVEN).is_mismatch


def test_what_was_assigned_is_no_mismatch():
    assert not sample_ratio(Counter(assigned("basket", UNEVEN)), UNEVEN).is_mismatch


def test_a_mismatch_is_rarely_found_where_there_is_none():
    random = np.random.default_rng(3)
    counts = random.binomial(2000, 0.5, 2000)
    found = [sample_ratio({"control": n, "bold": 2000 - n}, EVEN).is_mismatch for n in counts]
    assert np.mean(found) < 0.004


def test_subjects_of_a_variant_that_should_have_none_are_a_mismatch():
    assert sample_ratio({"control": 100, "old": 1}, EVEN | {"old": 0.0}).is_mismatch
    assert sample_ratio({"control": 100, "unknown": 1}, EVEN).is_mismatch


def test_a_variant_nobody_came_to_is_a_mismatch():
    assert sample_ratio({"control": 100}, EVEN).is_mismatch


@pytest.mark.parametrize("weights", [EVEN, {"control": 1.0}, {}])
def test_nobody_is_no_mismatch(weights):
    assert sample_ratio({}, weights).p_value == 1
