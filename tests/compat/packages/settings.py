"""A shop with what many shops have installed."""

from importlib.util import find_spec

from tests.compat.inside import databases
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, MIDDLEWARE, REST_FRAMEWORK

DATABASES = databases("packages")
DEBUG = True
INSTALLED_APPS = [*INSTALLED_APPS, "import_export", "debug_toolbar", "drf_spectacular"]
MIDDLEWARE = ["debug_toolbar.middleware.DebugToolbarMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "tests.compat.packages.urls"
DEBUG_TOOLBAR_PANELS = [
    "debug_toolbar.panels.history.HistoryPanel",
    "debug_toolbar.panels.sql.SQLPanel",
    "django_clvrec.contrib.debug_toolbar.RecommendationsPanel",
]
DEBUG_TOOLBAR_CONFIG = {
    "SHOW_TOOLBAR_CALLBACK": "tests.compat.packages.urls.may_see_toolbar",
    "IS_RUNNING_TESTS": False,
}
REST_FRAMEWORK = REST_FRAMEWORK | {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 10,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "A shop",
    "VERSION": "7",
    "COMPONENT_SPLIT_REQUEST": True,
    # by default what all addresses begin with, which is nothing where ours are among them
    "SCHEMA_PATH_PREFIX": "/api/",
}
# a permission of the same name as that of the app's own files
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
if find_spec("django_celery_beat"):  # with Django 6.1 it is not to be had
    INSTALLED_APPS = [*INSTALLED_APPS, "django_celery_beat"]
