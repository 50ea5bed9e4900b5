"""Fixtures that many tests share: one Spark session per run, and shops with some orders."""

import datetime as dt
import signal

import pytest
from django.core.cache import caches

from tests.stock import Stock

AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
ASKS_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_configure():
    """Ctrl-C works, as in a terminal: a shell ignores it for what it runs in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # what is marked here can be chosen by -m
def pytest_collection_modifyitems(items):
    """For runs in two processes: one of them has the Spark session, and files stay whole.

    And for runs on a second database: who asks it is marked, for nobody else can tell it from
    the first.
    """
    for item in items:
        group = "spark" if "spark" in item.fixturenames else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
        if ASKS_DATABASE & {*item.fixturenames} or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(autouse=True)
def nothing_is_counted_for_the_next():
    """Rates and places of exports are counted in the cache of the process, by the minute."""
    yield
    caches["default"].clear()


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """The one Spark session of the run; engines use it instead of starting their own."""
    from django_clvrec.engines.spark import SparkEngine, stop

    engine = SparkEngine(master="local[2]", config={"spark.driver.memory": "2g"})
    session = engine.start(tmp_path_factory.mktemp("spark"))
    yield session
    stop(session)


@pytest.fixture
def as_of():
    return AS_OF


@pytest.fixture
def stock(db):
    """Puts customers, products, orders and reviews into the corner shop."""
    return Stock(AS_OF)


@pytest.fixture
def pseudonyms(settings):
    """Keys of customers are stored as pseudonyms; called with another secret, under that one."""

    def pseudonyms(secret="a secret of the tests, long enough"):
        settings.CLVREC = settings.CLVREC | {"PSEUDONYM_KEY": secret}

    pseudonyms()
    return pseudonyms


@pytest.fixture
def told():
    """Batches of tier changes, as a receiver of the shop gets them."""
    from django_clvrec.movement import tier_changed

    found = []

    def receive(sender, changes, **_):
        found.append(changes)

    tier_changed.connect(receive)
    yield found
    tier_changed.disconnect(receive)


@pytest.fixture
def hook(settings, monkeypatch):
    """A server that the webhook leads to; tasks are run, and run again, where they are called."""
    from django_clvrec import webhook
    from example_shop import celery_app
    from tests.hook import SECRET, Server

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(webhook._Broker, "away_until", 0.0)
    server = Server()
    events = ["tier_changed", "segment_changed"]
    setting = {"url": server.url, "secret": SECRET, "events": events}
    settings.CLVREC = settings.CLVREC | {"WEBHOOK": setting}
    # a task that is to be tried again would be an error to who sent it
    celery_app.conf.task_eager_propagates = False
    yield server
    celery_app.conf.task_eager_propagates = True
    server.close()
