"""Settings of the test run: the example shop and a small second one, on SQLite by default."""

import os

import dj_database_url

from example_shop.settings import *  # noqa: F403
from example_shop.settings import INSTALLED_APPS

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "tests.corner_shop",
    "tests.awkward_shop",
    "django_clvrec.contrib.practice",
]
MIGRATION_MODULES = {"corner_shop": None, "awkward_shop": None}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("CLVREC_TEST_DATABASE_URL", "sqlite://:memory:")
    )
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CLVREC = {
    "SPARK": {"master": "local[2]", "config": {"spark.driver.memory": "1g"}},
    # short training: the tests ask whether it works, not how well
    "ALS": {"factors": 8, "iterations": 3},
    # a backtest for each of the many refreshes would take too long
    "RECOMMENDER": "als:tier",
    # models by tier are the matter of the engine's own tests
    "MIN_TIER_CUSTOMERS": 1000,
    "MIN_BUYERS": 2,
    "WORK_DIR": os.environ.get("CLVREC_TEST_WORK_DIR"),
}
# tests share a process and its cache; those that are about rates set their own
REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"clvrec_staff": None}}
