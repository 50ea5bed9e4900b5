"""A shop that is served by processes of its own, over a network that fails."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import CLVREC, DATABASES

ROOT_URLCONF = "tests.outages.urls"
DEBUG = False
SERVING_SECONDS = 1.0
DATABASES = {
    "default": DATABASES["default"]
    | {
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"connect_timeout": 2, "options": "-c client_connection_check_interval=500"},
    }
}
CLVREC = CLVREC | {
    "SERVING_SECONDS": SERVING_SECONDS,
    "CACHE_SECONDS": int(os.environ.get("CLVREC_TEST_CACHE_SECONDS", "0")),
    "CACHE_ALIAS": "clvrec",
}
if os.environ.get("CLVREC_TEST_BROKER"):
    CELERY_BROKER_URL = os.environ["CLVREC_TEST_BROKER"]
    CELERY_TASK_ALWAYS_EAGER = False
    CLVREC["WEBHOOK"] = {
        "url": "http://127.0.0.1:9/hook",
        "secret": "for tests",  # nobody takes a task from the broker
        "events": ["tier_changed"],
    }
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "clvrec": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("CLVREC_TEST_CACHE", "redis://127.0.0.1:1"),
        "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
    },
}
REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"clvrec_events": "1000/s", "clvrec_shelf": "1000/s"}}
# what is logged goes to the file of the server
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
}
# pages ask for nothing but what they are to show
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
