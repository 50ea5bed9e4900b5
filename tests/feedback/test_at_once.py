"""Many who report the same at the same time are counted once, on PostgreSQL."""

import threading

import pytest
from django.db import connection

from django_clvrec.feedback import attribute, feedback_recorded, record, token_for
from django_clvrec.models import Feedback, ShownList
from tests.feedback.conftest import clicked, shown, subject_of
from tests.shelf import bought, key_of

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
THREADS, LISTS = 8, 12


def at_once(work):
    """What each of the threads got of `work(number)`."""
    start, found = threading.Barrier(THREADS), [None] * THREADS

    def run(number):
        try:
            start.wait()
            found[number] = work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def counted():
    """How many lists and clicks receivers were told of."""
    numbers = []

    def count(sender, shown, feedback, **_):
        numbers.append((len(shown), len(feedback)))

    feedback_recorded.connect(count)
    yield numbers
    feedback_recorded.disconnect(count)


def test_eight_who_send_the_same_events_store_each_once(answer, ann, goods, counted):
    tokens = [token_for(answer, subject=subject_of(ann)) for _ in range(LISTS)]
    events = [shown(token) for token in tokens]
    events += [clicked(token, item) for token in tokens for item in goods]

    def send(number):
        # each in another order
        return record(events[number:] + events[:number], [subject_of(ann)])

    found = at_once(send)
    clicks = LISTS * len(goods)
    assert sum(one.accepted for one in found) == LISTS + clicks
    assert (ShownList.objects.count(), Feedback.objects.count()) == (LISTS, clicks)
    assert [sum(part) for part in zip(*counted, strict=True)] == [LISTS, clicks]


def test_eight_who_put_down_the_same_purchase_do_it_once(answer, ann, goods):
    token = token_for(answer, subject=subject_of(ann))
    record([clicked(token, goods[0])], [subject_of(ann)])
    bought(ann, goods[0])
    assert sum(at_once(lambda _: attribute(key_of(ann)))) == 1
    assert Feedback.objects.filter(kind="bought").count() == 1
