"""Registers the source of an Oscar shop: `source` of CLVREC_OSCAR."""

from django.utils.module_loading import import_string

from django_clvrec.contrib.oscar import conf
from django_clvrec.sources import register

if path := conf.option("source"):
    register(import_string(path))
