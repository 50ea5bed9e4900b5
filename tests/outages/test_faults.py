"""Whatever fails, every page is up in time, and when it is over all is as before."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_clvrec.outages import REST_SECONDS
from tests.outages.faults import FAULTS
from tests.outages.settings import SERVING_SECONDS
from tests.project import wait

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PAGES = ("mine", "popular", "related", "interests", "shelf", "tags", "events")
LISTS = ("mine", "popular", "interests")
CONNECTING_SECONDS = 2.0
"""What no driver goes below."""
PART_SECONDS = SERVING_SECONDS + CONNECTING_SECONDS + 0.5
"""For one thing that is asked: who it is, or what is shown."""
SOON_SECONDS = 0.5
"""Once it is known."""
BACK_SECONDS = REST_SECONDS + PART_SECONDS + 2.0
"""A rest, one trial, and the pages themselves."""
THREADS = 8


class Broken:
    """The shop under a fault, and what it said when it began and once it was known."""

    def __init__(self, shop):
        self.shop = shop
        self.first, self.later = asked(shop), asked(shop)


@pytest.fixture(scope="module", params=FAULTS)
def broken(request, served_shop):
    before = asked(served_shop)
    assert {reply.status for reply in before.values()} == {200}
    with FAULTS[request.param](served_shop):
        yield Broken(served_shop)
    wait(lambda: is_as_ever(served_shop, before), f"{request.param} goes on", BACK_SECONDS)


def asked(shop):
    """What each site says to a customer and to somebody else."""
    return {
        (site, page, is_known): getattr(shop, site).ask(page, is_known=is_known)
        for site in ("asking", "keeping")
        for page in PAGES
        for is_known in (True, False)
    }


def is_as_ever(shop, before):
    now = asked(shop)
    lists = [one for one in now if one[1] in LISTS]
    return {reply.status for reply in now.values()} == {200} and all(
        now[one].source == before[one].source for one in lists
    )


def test_no_page_fails_and_each_is_up_in_time(broken):
    for replies in (broken.first, broken.later):
        for which, reply in replies.items():
            told = (which, reply)
            assert reply.status == 200 or (reply.status, which[1]) == (503, "events"), told
            assert reply.seconds < 2 * PART_SECONDS, told


def test_once_it_is_known_few_wait(broken):
    """Those who try whether it is over."""
    seconds = sorted((reply.seconds, *which) for which, reply in broken.later.items())
    assert seconds[len(seconds) * 3 // 4][0] < SOON_SECONDS, seconds[-8:]


def test_what_cannot_be_stored_is_to_be_sent_again(broken):
    reply = broken.later["asking", "events", True]
    if reply.status == 503:
        assert reply.headers["Retry-After"] == "5"
    else:
        assert json.loads(reply.body)["ignored"] in ({"duplicate": 1}, {})


def test_many_at_once_are_answered_too(broken):
    with ThreadPoolExecutor(THREADS) as pool:
        pages = ["mine", "tags", "shelf", "popular"] * 4
        replies = [*pool.map(broken.shop.asking.ask, pages)]
    assert {reply.status for reply in replies} == {200}


def test_no_connection_and_no_thread_is_left_over(served_shop):
    """After all the faults: one connection for each thread of the two sites at most."""
    wait(lambda: served_shop.backends() <= 2 * 4, "connections are left over", 20)


def test_an_outage_is_told_once(served_shop):
    lines = served_shop.asking.log.read_text().splitlines()
    told = [line for line in lines if "does not answer in time" in line]
    assert len(told) <= 3 * len(FAULTS)
    assert not [line for line in lines if "Traceback" in line or "ann" in line.split()]
