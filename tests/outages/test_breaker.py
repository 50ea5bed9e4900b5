"""Who failed is left alone for a while, then one at a time finds out."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.outages import REST_SECONDS, Breaker, served
from django_clvrec.outages import breaker as module


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_who_never_failed_is_asked_each_time():
    breaker = Breaker()
    assert all(breaker.lets_through() for _ in range(5))
    assert not breaker.succeeded()


def test_who_failed_is_not_asked_until_it_has_rested(clock):
    breaker = Breaker()
    assert breaker.failed()
    assert not breaker.lets_through()
    clock.now += REST_SECONDS
    assert breaker.lets_through()


def test_while_one_tries_the_others_rest(clock):
    breaker = Breaker()
    breaker.failed()
    clock.now += REST_SECONDS
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]


def test_a_trial_that_never_comes_back_is_followed_by_another(clock):
    breaker = Breaker()
    breaker.failed()
    clock.now += REST_SECONDS
    breaker.lets_through()
    clock.now += REST_SECONDS
    assert breaker.lets_through()


def test_that_it_failed_again_is_no_news(clock):
    breaker = Breaker()
    assert [breaker.failed(), breaker.failed()] == [True, False]
    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]


def test_of_many_threads_one_tries(clock):
    breaker = Breaker()
    breaker.failed()
    clock.now += REST_SECONDS
    through = []
    threads = [
        threading.Thread(target=lambda: through.append(breaker.lets_through())) for _ in range(20)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert through.count(True) == 1


@given(st.lists(st.sampled_from(["failed", "succeeded", "lets_through"]), max_size=20))
def test_whatever_happened_it_is_asked_again_after_a_rest(events):
    """No order of failures and trials leaves it shut for longer than a rest."""
    clock, before = Clock(), module.time
    module.time = clock
    try:
        breaker = Breaker()
        for event in events:
            getattr(breaker, event)()
            clock.now += 1.0
        clock.now += REST_SECONDS
        assert breaker.lets_through()
        breaker.succeeded()
        assert breaker.lets_through()
        assert not breaker.is_open
    finally:
        module.time = before


def test_a_trial_that_fails_by_something_else_closes_it_for_the_database_has_answered(clock, db):
    breaker = Breaker()
    breaker.failed()
    clock.now += REST_SECONDS

    def faulty_policy():
        raise ValueError("of the shop")

    with pytest.MonkeyPatch.context() as patch:
        # within the transaction of a test nothing would be tried
        patch.setattr("django_clvrec.outages.guard._is_in_transaction", lambda: False)
        with pytest.raises(ValueError, match="of the shop"):
            served(faulty_policy, lambda: "nothing", breaker=breaker)
    assert not breaker.is_open
