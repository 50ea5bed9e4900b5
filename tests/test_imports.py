"""A web process stays light."""

import os
import subprocess
import sys

HEAVY = ("pyspark", "pandas", "pyarrow", "sklearn", "scipy", "threadpoolctl")


def test_a_web_process_loads_none_of_what_only_a_refresh_needs():
    code = f"""
import django, sys
django.setup()
from django.contrib import admin
from django.urls import get_resolver
get_resolver().url_patterns
import django_clvrec.templatetags.clvrec, django_clvrec.templatetags.clvrec_feedback
import django_clvrec.exports, django_clvrec.tasks, django_clvrec.pipeline, django_clvrec.experiments
from django.core.management import get_commands, load_command_class
for command, app in get_commands().items():
    if app == "django_clvrec":
        load_command_class(app, command)
print([name for name in {HEAVY} if name in sys.modules])
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "example_shop.settings"}
    found = subprocess.run(
        [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"
