"""Settings of the shops whose refreshes are killed: every file they leave is in their folder."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import CLVREC, DATABASES

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
CLVREC = CLVREC | {
    "ENGINE": os.environ.get("CLVREC_TEST_ENGINE", "local"),
    "LOG_DIR": os.environ.get("CLVREC_TEST_LOG_DIR"),
    "LOG_WINDOW_DAYS": 30,
    "KEEP_SNAPSHOTS": 2,
    "CACHE_SECONDS": 0,
}
if "CLVREC_TEST_MASTER" in os.environ:
    CLVREC["SPARK"] = CLVREC["SPARK"] | {"master": os.environ["CLVREC_TEST_MASTER"]}
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = os.environ.get("CLVREC_TEST_RESULTS")
if "CLVREC_TEST_QUEUE" in os.environ:
    CELERY_TASK_ROUTES = {"clvrec.*": {"queue": os.environ["CLVREC_TEST_QUEUE"]}}
CELERY_BROKER_TRANSPORT_OPTIONS = {}
if "CLVREC_TEST_VISIBILITY_TIMEOUT" in os.environ:
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = int(
        os.environ["CLVREC_TEST_VISIBILITY_TIMEOUT"]
    )
