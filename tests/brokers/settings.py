"""Settings of the workers and of beat: a broker, a queue and a schedule of each test's own."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["OPTIONS"] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = os.environ["CLVREC_TEST_RESULTS"]
CELERY_TASK_ROUTES = {"clvrec.*": {"queue": os.environ["CLVREC_TEST_QUEUE"]}}
CELERY_BEAT_SCHEDULE = {
    "refresh": {
        "task": "clvrec.refresh",
        "schedule": 2,
        "args": ["corner"],
        "kwargs": {"as_of": "2026-07-01T12:00:00+00:00"},
    },
}
CELERY_BROKER_TRANSPORT_OPTIONS = {}
if "CLVREC_TEST_VISIBILITY_TIMEOUT" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = int(
        os.environ["CLVREC_TEST_VISIBILITY_TIMEOUT"]
    )
