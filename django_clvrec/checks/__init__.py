"""`manage.py check` finds what is wrong with the CLVREC setting and the registered sources."""

from django_clvrec.checks.databases import check_character_set, check_database
from django_clvrec.checks.settings import check_settings
from django_clvrec.checks.sources import check_sources

__all__ = ["check_character_set", "check_database", "check_settings", "check_sources"]
