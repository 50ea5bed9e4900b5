"""A shop whose users sign in by e-mail and are numbered by UUID."""

from tests.compat.inside import databases
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

DATABASES = databases("people")
INSTALLED_APPS = [*INSTALLED_APPS, "tests.compat.people"]
AUTH_USER_MODEL = "people.Person"
