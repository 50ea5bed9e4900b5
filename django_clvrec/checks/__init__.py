"""`manage.py check` finds what is wrong with the settings, databases and registered sources."""

from django_clvrec.checks.databases import check_character_set, check_database
from django_clvrec.checks.rates import check_rates
from django_clvrec.checks.settings import check_settings
from django_clvrec.checks.sources import check_sources

__all__ = [
    "check_character_set", "check_database", "check_rates", "check_settings", "check_sources",
]  # fmt: skip
