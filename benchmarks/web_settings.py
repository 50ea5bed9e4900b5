"""Settings of a shop under load by visitors: a bare view beside its pages, as in production."""

import os

from benchmarks.events_settings import *  # noqa: F403
from benchmarks.events_settings import DATABASES

ROOT_URLCONF = "benchmarks.web_urls"
# a thread of ASGI lasts one request, and a connection that it kept would be left over
DATABASES["default"]["CONN_MAX_AGE"] = int(os.environ.get("CLVREC_BENCHMARK_CONN_MAX_AGE", "600"))
