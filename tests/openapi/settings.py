"""Settings of the description of the API, as docs/reference/openapi.yaml has it."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, REST_FRAMEWORK

# the bounds of numbers are those of one database, whichever the tests run on
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework.authtoken", "drf_spectacular"]
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "django-clvrec",
    "DESCRIPTION": "Recommendations for visitors; customers, tiers and snapshots for staff.",
    "VERSION": "1",
    "SERVERS": [{"url": "/clvrec", "description": "Where the shop includes the addresses."}],
    "ENUM_NAME_OVERRIDES": {},
    "SERVE_INCLUDE_SCHEMA": False,
}
