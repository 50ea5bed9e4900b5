"""A misspelt rate is found before it lets everybody pass."""

import pytest

from django_clvrec.checks import check_rates


@pytest.fixture
def judge(settings):
    def judge(rates):
        settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": rates}
        return [(found.id, found.hint) for found in check_rates()]

    return judge


@pytest.mark.parametrize("rate", ["1/s", "120/min", "3/hour", "9/day", "1_000/min", None])
def test_what_django_rest_framework_reads_is_fine(judge, rate):
    assert judge({"clvrec_lists": rate}) == []


@pytest.mark.parametrize("rate", ["", "many", "120", "120 a minute", "/min", "1/week", 60])
def test_what_it_cannot_read_is_an_error(judge, rate):
    [(number, _)] = judge({"clvrec_lists": rate})
    assert number == "clvrec.E012"


def test_a_scope_of_no_endpoint_is_told(judge):
    [(number, hint)] = judge({"clvrec_evnts": "9/min"})
    assert (number, hint) == ("clvrec.W010", "Did you mean 'clvrec_events'?")


def test_rates_of_others_are_theirs(judge):
    assert judge({"anon": "whatever", "clvrec_partner_api": "whatever"}) == []


@pytest.mark.parametrize("given", [None, [], {"DEFAULT_THROTTLE_RATES": None}])
def test_without_rates_there_is_nothing_to_judge(settings, given):
    settings.REST_FRAMEWORK = given
    assert check_rates() == []
    del settings.REST_FRAMEWORK
    assert check_rates() == []
