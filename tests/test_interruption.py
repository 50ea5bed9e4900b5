"""Signals during a refresh: noted, held back, raised again, and obeyed in the end."""
# ruff: noqa: PT012 - when a signal is raised is what these blocks are about

import signal
import threading
import time

import pytest

from django_clvrec import interruption
from django_clvrec.interruption import Interrupted, handled, held


@pytest.fixture(autouse=True)
def handlers():
    """The handlers of the test run, whatever a test leaves."""
    before = {signum: signal.getsignal(signum) for signum in interruption.REASONS}
    yield before
    for signum, handler in before.items():
        signal.signal(signum, handler)


class TimeIsOver(Exception):
    """What Celery's handler raises."""


def limited(_signum, _frame):
    raise TimeIsOver


def test_ctrl_c_ends_as_a_keyboard_interrupt_after_cleaning_up():
    cleaned = []
    with pytest.raises(KeyboardInterrupt), handled() as signals:
        try:
            with signals.window(is_open=True):
                signal.raise_signal(signal.SIGINT)
        except Interrupted:
            cleaned.append(signals.reason)
            raise
    assert cleaned == ["Ctrl-C (SIGINT)"]


def test_a_term_signal_that_something_handles_is_handled_that_way():
    heard = []
    signal.signal(signal.SIGTERM, lambda signum, _frame: heard.append(signum))
    with handled() as signals, signals.window(is_open=True):
        signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    assert signals.error is None


def test_a_term_signal_ends_as_a_term_signal():
    heard = []
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with pytest.raises(Interrupted), handled() as signals:
        try:
            with signals.window(is_open=True):
                signal.raise_signal(signal.SIGTERM)
        finally:  # in place of the end of the test run
            signals._before[signal.SIGTERM] = lambda signum, _frame: heard.append(signum)
    assert heard == [signal.SIGTERM]


def test_a_soft_time_limit_that_a_library_swallows_is_raised_again():
    signal.signal(signal.SIGUSR1, limited)
    with handled() as signals, signals.window(is_open=True):
        with pytest.raises(TimeIsOver):
            signal.raise_signal(signal.SIGUSR1)
        with pytest.raises(TimeIsOver):
            signals.check()
    assert signals.reason == "its soft time limit"


def test_a_signal_waits_while_it_would_do_harm():
    signal.signal(signal.SIGUSR1, limited)
    done = []
    with pytest.raises(TimeIsOver), handled() as signals, signals.window(is_open=True):
        with held():
            signal.raise_signal(signal.SIGUSR1)
            done.append("the JVM has ended")
        done.append("and went on")
    assert done == ["the JVM has ended"]


def test_a_second_signal_does_not_disturb_the_cleaning_up():
    with pytest.raises(KeyboardInterrupt), handled() as signals, signals.window(is_open=True):
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            assert signals.reason == "Ctrl-C (SIGINT)"


def test_a_signal_that_comes_too_late_is_obeyed_afterwards():
    done = []
    with pytest.raises(KeyboardInterrupt), handled():
        signal.raise_signal(signal.SIGINT)
        done.append("published")
    assert done == ["published"]


def test_a_soft_time_limit_that_comes_too_late_takes_nothing_back():
    signal.signal(signal.SIGUSR1, limited)
    with handled():
        signal.raise_signal(signal.SIGUSR1)


def test_afterwards_the_handlers_are_what_they_were(handlers):
    with handled():
        assert signal.getsignal(signal.SIGTERM) != handlers[signal.SIGTERM]
    assert {signum: signal.getsignal(signum) for signum in handlers} == handlers


def test_a_signal_that_is_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with handled() as signals, signals.window(is_open=True):
        signal.raise_signal(signal.SIGINT)
    assert signals.error is None


def test_beside_the_main_thread_nothing_is_taken_over(handlers):
    seen = []

    def work():
        with handled() as signals, signals.window(is_open=True), held():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [handlers[signal.SIGTERM]]


# cancelled by somebody: the refresh ends, the process does not


def test_another_thread_ends_what_the_main_thread_waits_for():
    started = time.monotonic()
    with handled() as signals:
        threading.Timer(0.05, signals.ask_to_cancel).start()
        with pytest.raises(Interrupted), signals.window(is_open=True):
            time.sleep(30)
    assert signals.is_cancelled
    assert time.monotonic() - started < 10


def test_a_refresh_that_was_cancelled_may_end_its_jvm_in_peace():
    done = []
    with handled() as signals, pytest.raises(Interrupted), signals.window(is_open=True):
        with held():
            signals.ask_to_cancel()
            done.append("the JVM has ended")
        done.append("and went on")
    assert done == ["the JVM has ended"]


def test_a_cancelled_refresh_that_something_swallows_is_cancelled_again():
    with handled() as signals, signals.window(is_open=True):
        with pytest.raises(Interrupted):
            signals.cancel()
        with pytest.raises(Interrupted):
            signals.check()


def test_a_process_that_is_told_to_end_while_a_cancelled_refresh_cleans_up_ends_afterwards():
    done = []
    with pytest.raises(KeyboardInterrupt), handled() as signals:
        try:
            with signals.window(is_open=True):
                signals.cancel()
        except Interrupted:
            signal.raise_signal(signal.SIGINT)
            done.append("cleaned up")
    assert done == ["cleaned up"]


def test_a_cancellation_does_not_take_the_place_of_a_signal_that_waits():
    with pytest.raises(KeyboardInterrupt), handled() as signals:
        signal.raise_signal(signal.SIGINT)
        signals.ask_to_cancel()


def test_beside_the_main_thread_a_refresh_is_cancelled_at_its_next_step():
    seen = []

    def work():
        with handled() as signals, signals.window(is_open=True):
            signals.ask_to_cancel()
            seen.append("nothing happens yet")
            try:
                signals.cancel()
            except Interrupted:
                seen.append(signals.is_cancelled)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["nothing happens yet", True]
