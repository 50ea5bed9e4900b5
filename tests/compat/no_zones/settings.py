"""A shop whose times have no zones, and that is not in UTC."""

from tests.compat.inside import databases
from tests.settings import *  # noqa: F403

DATABASES = databases("no_zones")
USE_TZ = False
TIME_ZONE = "America/Sao_Paulo"
