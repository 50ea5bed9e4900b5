"""A refresh that is killed at any moment loses nothing, is in nobody's way, and leaves nothing."""

import pytest

from tests.crash.moments import KINDS
from tests.crash.shops import TIMES

pytestmark = pytest.mark.slow

KILLS = 84
SETTLE = 6
"""After so many kills a refresh is left alone."""
ERASED = 8


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def shop(request, open_shop):
    if request.param == "sqlite":
        return open_shop()
    return open_shop(request.getfixturevalue("server").database("kills"))


@pytest.fixture(scope="module")
def measured(shop):
    """An undisturbed refresh that has old snapshots to remove, as most have."""
    shop.learn()
    return shop.measure(as_of=TIMES[0])


def test_refreshes_that_are_killed_at_random_moments_leave_what_is_live_whole(shop, measured):
    found, kills = shop.look(), 0
    while kills < KILLS:
        moment = measured.draw(shop.random, KINDS[kills % len(KINDS)])
        kills += shop.killed("refresh", moment, as_of=shop.random.choice(TIMES))
        found = shop.check(found)
        if kills % SETTLE == 0:
            found = shop.settle(shop.random.choice(TIMES))
    errors = shop.settle(TIMES[0]).errors
    assert set(errors.values()) <= {"The process that ran it ended before it had finished."}


def test_a_roll_back_that_is_killed_has_happened_or_not(shop, measured):
    first, second = (shop.settle(as_of) for as_of in TIMES[:2])
    flips = shop.measure("activate", snapshot=first.live)
    for number in range(10):
        wanted = (second, first)[number % 2].live
        shop.killed("activate", flips.draw(shop.random, "statement"), "roll-back", snapshot=wanted)
        found = shop.look()
        assert found.live in {first.live, second.live}
        assert (found.digests, found.answers) == shop.clean[found.as_of]
        shop.done("activate", snapshot=wanted)
        assert shop.look().live == wanted


def test_an_erasure_that_is_killed_harms_nobody_else_and_is_completed_by_the_next(shop, measured):
    before = shop.settle(TIMES[0])
    customers = sorted(key for key in before.digests if key)
    gone = customers.pop()
    steps = shop.measure("erase", customer=gone)
    for customer in customers[:ERASED]:
        moment = steps.draw(shop.random, "statement")
        shop.killed("erase", moment, "erasure", customer=customer)
        found = shop.look().digests
        whole = {key: value for key, value in before.digests.items() if key != gone}
        rest = {key: value for key, value in whole.items() if key != customer}
        assert found in (whole, rest)
        shop.done("erase", customer=customer)
        assert shop.done("of customer", customer=customer) == []
        before.digests.pop(customer)
