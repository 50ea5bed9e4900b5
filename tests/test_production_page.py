"""What docs/how-to/production.md says is true."""

import re
from importlib import import_module
from pathlib import Path

from django_clvrec.api.events import not_now
from django_clvrec.checks import check_settings
from django_clvrec.conf import DEFAULTS
from django_clvrec.outages import REST_SECONDS
from django_clvrec.serving.standby import OLDEST_SECONDS

PAGE = (Path(__file__).parent.parent / "docs/how-to/production.md").read_text()
[SETTINGS] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def told():
    found = {}
    exec(SETTINGS, found)  # noqa: S102
    return found


def test_the_settings_are_right(settings):
    settings.CLVREC = told()["CLVREC"]
    assert [found for found in check_settings() if found.id != "clvrec.W002"] == []


def test_the_time_that_is_told_is_the_default():
    assert told()["CLVREC"]["SERVING_SECONDS"] == DEFAULTS["SERVING_SECONDS"]


def test_the_client_of_the_cache_takes_the_timeouts():
    from django.core.cache.backends.redis import RedisCache

    given = told()["CACHES"]["default"]
    cache = RedisCache(given["LOCATION"], {"OPTIONS": given["OPTIONS"]})
    pool = cache._cache._get_connection_pool(write=True)
    assert pool.connection_kwargs["socket_timeout"] == 0.3
    pool.disconnect()


def test_what_is_served_can_be_imported():
    for name in re.findall(r"example_shop\.[a-z]+", PAGE):
        assert import_module(name).application


def test_seconds_are_those_of_the_code():
    assert f"{REST_SECONDS:.0f} s" in PAGE
    assert OLDEST_SECONDS == 600
    assert "ten minutes" in PAGE
    assert not_now().headers["Retry-After"] == "5"
    assert "`Retry-After: 5`" in PAGE
