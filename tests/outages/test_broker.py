"""With the message broker away, customers buy: it costs one of them seconds, and no order."""

import pytest

from tests.outages.fill import BUYERS
from tests.outages.proxy import GONE, SILENT, Proxy
from tests.outages.site import Site

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ORDERS = BUYERS // 3
PATIENCE_SECONDS = 5.0
"""For the one who finds out: connecting, and being told nothing."""
SOON_SECONDS = 0.5


@pytest.fixture
def network(served_shop):
    """Between the site and its broker, which is the server of the cache."""
    between = Proxy(("127.0.0.1", served_shop.cache.port))
    yield between
    between.close()


@pytest.fixture
def site(served_shop, network, tmp_path):
    env = served_shop.env | {"CLVREC_TEST_BROKER": f"redis://127.0.0.1:{network.port}/1"}
    started = Site(env, served_shop.told, tmp_path / "site.log")
    yield started
    started.close()


def orders(shop, site, buyers):
    """The replies to each one's checkout; every order is kept, and moves its customer."""
    count = "SELECT (SELECT count(*) FROM shop_order), (SELECT count(*) FROM clvrec_tierchange)"
    [before] = shop.query(count)
    replies = []
    for cookie in buyers:
        put, paid = site.buy(cookie, product=3)
        assert (put.status, paid.status) == (302, 302), (put, paid)
        assert paid.headers["Location"].startswith("/shop/account/orders/")
        replies.append(paid)
    [after] = shop.query(count)
    assert [now - then for now, then in zip(after, before, strict=True)] == [len(buyers)] * 2
    return replies


@pytest.mark.parametrize(("mode", "first"), [(GONE, 0), (SILENT, ORDERS)])
def test_orders_are_placed_while_the_broker_is_away(served_shop, site, network, mode, first):
    network.be(mode)
    replies = orders(served_shop, site, served_shop.told["buyers"][first : first + ORDERS])
    seconds = sorted(reply.seconds for reply in replies)
    print(mode, [round(one, 2) for one in seconds])  # noqa: T201 - figures of a long test
    assert seconds[-1] < PATIENCE_SECONDS
    assert seconds[-2] < SOON_SECONDS
    assert "reached no webhook" in site.log.read_text()
    assert "Traceback" not in site.log.read_text()


def test_with_a_broker_each_move_is_handed_on(served_shop, site, network):
    import redis

    orders(served_shop, site, served_shop.told["buyers"][-ORDERS:])
    with redis.Redis(port=served_shop.cache.port, db=1) as broker:
        assert broker.llen("clvrec") == ORDERS
