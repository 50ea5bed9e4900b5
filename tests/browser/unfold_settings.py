"""The same shop with another look of its admin, whose own scripts forbid a strict policy."""

from tests.browser.settings import *  # noqa: F403
from tests.browser.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = ["unfold", *INSTALLED_APPS]
MIDDLEWARE = [one for one in MIDDLEWARE if "StrictPolicy" not in one]
