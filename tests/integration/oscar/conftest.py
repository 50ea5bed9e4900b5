"""One filled and trained shop for all tests; run by `make test-oscar`, where Oscar is installed."""

import os

import pytest

IS_HERE = os.environ.get("DJANGO_SETTINGS_MODULE") == "tests.integration.oscar.settings"
if not IS_HERE:  # the other tests run where Oscar is not installed
    collect_ignore_glob = ["test_*.py"]

OSCARS = [
    # Oscar 4.2 calls what treebeard 7 is about to rename
    "ignore:Using .* is deprecated:treebeard.deprecation.RemovedInTreebeard8Warning",
    # the search backend that needs no index
    "ignore:(update|remove|clear) is not implemented:UserWarning",
    # of Oscar's factories
    "ignore:.*_after_postgeneration will stop saving:DeprecationWarning",
]


def pytest_configure(config):
    for one in OSCARS if IS_HERE else ():
        config.addinivalue_line("filterwarnings", one)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    from django_clvrec.pipeline import refresh
    from tests.integration.oscar.shop import fill

    with django_db_blocker.unblock():
        fill()
        refresh()


@pytest.fixture
def refilled(transactional_db):
    """The same for a test that commits, after which all is flushed."""
    from django.contrib.sites.models import Site

    from django_clvrec.models import SourceState
    from django_clvrec.pipeline import refresh
    from tests.integration.oscar.shop import fill

    if not SourceState.objects.filter(live__isnull=False).exists():
        Site.objects.get_or_create(pk=1, defaults={"domain": "example.com", "name": "example"})
        fill()
        refresh()
