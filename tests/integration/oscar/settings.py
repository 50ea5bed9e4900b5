"""An Oscar shop with a forked app and customers of its own, on SQLite in memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

from oscar import INSTALLED_APPS as OSCARS
from oscar.defaults import *  # noqa: F403

HERE = "tests.integration.oscar"
FORKED = {"oscar.apps.catalogue.apps.CatalogueConfig": f"{HERE}.catalogue.apps.CatalogueConfig"}
SECRET_KEY = "for-tests-only-no-secret-is-kept-with-it"
DEBUG = False
ALLOWED_HOSTS = ["*"]
SITE_ID = 1
USE_TZ = True
ROOT_URLCONF = f"{HERE}.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Person"
INSTALLED_APPS = [
    "django_clvrec.contrib.oscar",
    "django_clvrec",
    "rest_framework",
    f"{HERE}.people",
    *(FORKED.get(name, name) for name in OSCARS),
    "sorl.thumbnail",
]
# the tables of today; Oscar's own migrations are run by the test of the tutorial
NO_MIGRATIONS = [
    "address",
    "analytics",
    "auth",
    "basket",
    "catalogue",
    "communication",
    "contenttypes",
    "customer",
    "flatpages",
    "offer",
    "order",
    "partner",
    "payment",
    "people",
    "reviews",
    "sessions",
    "shipping",
    "sites",
    "voucher",
    "wishlists",
    "admin",
    "thumbnail",
]
MIGRATION_MODULES = dict.fromkeys(NO_MIGRATIONS)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "static/"
MEDIA_URL = "media/"
MEDIA = TemporaryDirectory(prefix="clvrec-oscar-")  # thumbnails; gone when the tests end
MEDIA_ROOT = MEDIA.name
AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ],
        },
    },
]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
OSCAR_INITIAL_ORDER_STATUS = OSCAR_INITIAL_LINE_STATUS = "Pending"
OSCAR_ORDER_STATUS_PIPELINE = {
    "Pending": ("Complete", "Cancelled"),
    "Complete": (),
    "Cancelled": (),
}
OSCAR_LINE_STATUS_PIPELINE = {"Pending": ("Refunded",), "Refunded": ()}
OSCAR_ALLOW_ANON_CHECKOUT = True
CLVREC = {
    "ENGINE": "local",
    "POLICY": "django_clvrec.contrib.oscar.policy.OscarPolicy",
    "ALS": {"factors": 8, "iterations": 3},
    "SPARK": {"master": "local[2]", "config": {"spark.driver.memory": "1g"}},
    "RECOMMENDER": "item_knn",
    "MIN_BUYERS": 2,
    "EXPLORATION": {},
}
