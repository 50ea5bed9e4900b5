"""The read side from asynchronous views: the same answers, and an event loop that goes on."""

import asyncio
import inspect
import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection
from django.template import Context, Template
from django.test import AsyncClient

from django_clvrec import feedback, orders, serving
from django_clvrec.feedback import Subject
from django_clvrec.serving import (
    acustomer_bought,
    arecommend,
    arecommend_for,
    arelated,
    asegment_of,
    atier_for,
    atier_of,
)
from tests.shelf import Shelf, bought, key_of, person, product

PAIRS = [
    (room, name)
    for room in (serving, feedback, orders)
    for name in sorted(vars(room))
    if name[0] == "a" and callable(vars(room)[name]) and name[1:] in vars(room)
]


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def shelf(ann):
    shelf = Shelf()
    shelf.score(ann, tier="high", segment="champions")
    shelf.recommended(ann, product("Rice"), product("Figs"))
    shelf.popular(product("Oats"))
    return shelf


def wait(coroutine):
    """Its result, with what needs a thread in this one, where the test's transaction is."""

    async def run():
        return await coroutine

    return async_to_sync(run)()


@pytest.mark.parametrize(("room", "name"), PAIRS, ids=[name for _, name in PAIRS])
def test_each_is_told_as_the_one_it_awaits(room, name):
    one, other = getattr(room, name), getattr(room, name[1:])
    assert inspect.iscoroutinefunction(one)
    assert inspect.signature(one) == inspect.signature(other)
    assert one.__doc__ == other.__doc__


def test_there_is_one_for_all_that_visitors_views_call():
    wanted = {
        "arecommend", "arecommend_for", "arelated", "atier_of", "atier_for", "asegment_of",
        "asegment_for", "acustomer_bought", "arecord", "asubjects_of", "alist_token",
        "aorder_placed",
    }  # fmt: skip
    assert wanted == {name for _, name in PAIRS}


def test_answers_are_those_of_the_other(shelf, ann):
    key = key_of(ann)
    assert wait(arecommend(key, "product", 1)) == serving.recommend(key, "product", 1)
    assert wait(arecommend(None, "product", explore=False)).source == "popular"
    assert wait(arelated(["1"], "product")) == serving.related(["1"], "product")
    assert (wait(atier_of(key)), wait(asegment_of(key))) == ("high", "champions")
    assert wait(acustomer_bought(key)) == "high"


def test_interests_are_answered(shelf, ann):
    goods = [product(f"p{number}") for number in range(3)]
    shelf.factors({key_of(one): [1.0, place] for place, one in enumerate(goods)})
    found = wait(arecommend(key_of(ann), "product", interests=[key_of(goods[0])]))
    assert found.source == "interests"


def test_queries_are_as_many(shelf, ann, django_assert_num_queries):
    serving.recommend(key_of(ann), "product")
    with django_assert_num_queries(2):
        wait(arecommend(key_of(ann), "product", 1, with_objects=True))


def test_the_sender_of_a_request_is_found_off_the_loop(shelf, ann, rf):
    request = rf.get("/")
    request.user = ann
    assert wait(arecommend_for(request, "product")).source == "stored"
    assert wait(atier_for(request)) == "high"


def test_feedback_is_recorded(shelf, ann):
    who = Subject(key=key_of(ann), is_customer=True)
    answer = serving.recommend(key_of(ann), "product")
    events = [{"list": feedback.token_for(answer, subject=who), "kind": "shown"}]
    assert wait(feedback.arecord(events, [who])).accepted == 1


def test_an_order_is_told(shelf, ann):
    bought(ann, product("Tea"))
    assert wait(orders.aorder_placed(key_of(ann))) in {"new", "low", "mid", "high"}


def test_within_the_loop_the_others_are_refused_by_django(shelf, ann):
    async def view():
        return serving.recommend(key_of(ann), "product")

    with pytest.raises(SynchronousOnlyOperation):
        async_to_sync(view)()


LAZY = "{% load clvrec %}{% recommendations 'product' title='For you' lazy=True %}"


def test_a_lazy_shelf_is_rendered_within_the_loop(shelf):
    async def view():
        return Template(LAZY).render(Context())

    assert 'aria-busy="true"' in async_to_sync(view)()


def test_a_shelf_is_rendered_off_the_loop(shelf):
    tag = Template("{% load clvrec %}{% recommendations 'product' %}")
    assert "Oats" in wait(sync_to_async(tag.render)(Context()))


@pytest.mark.parametrize(
    "path", ["me/recommendations/?level=product", "popular/?level=product", "related/?items=1"]
)
def test_the_api_answers_an_asynchronous_client(shelf, path):
    async def view():
        return await AsyncClient().get(f"/clvrec/v1/{path}")

    assert async_to_sync(view)().status_code == 200


# the loop goes on

SLOW_SECONDS = 0.05


def slow(execute, *args):
    """A database that takes its time."""
    time.sleep(SLOW_SECONDS)
    return execute(*args)


async def turns_of_another(work):
    """How often a coroutine that does something else has its turn meanwhile."""
    turns, is_over = 0, False

    async def turn():
        nonlocal turns
        while not is_over:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(turn())
    await work
    is_over = True
    await other
    return turns


@pytest.mark.parametrize("what", ["functions", "api"])
def test_the_loop_goes_on_while_the_database_is_slow(shelf, ann, what):
    key = key_of(ann)

    def asked(client):
        if what == "api":
            return client.get("/clvrec/v1/popular/?level=product")
        return arecommend(key, "product")

    async def several():
        client = AsyncClient()
        return await turns_of_another(asyncio.gather(*[asked(client) for _ in range(4)]))

    serving.recommend(key, "product")
    with connection.execute_wrapper(slow):
        turns = async_to_sync(several)()
    # a loop that waits for the queries has a turn or two between them
    assert turns > 500
