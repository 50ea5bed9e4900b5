"""Chooses what can be collected: tests that need settings of their own, or an older Django."""

from pathlib import Path

import django

from tests.compat.inside import FOLDER, is_chosen

collect_ignore = [
    str(one.parent) for one in FOLDER.glob("*/settings.py") if not is_chosen(one.parent.name)
]
if django.VERSION >= (6, 1):  # which django-celery-beat does not take yet
    collect_ignore.append(str(Path(FOLDER, "packages/test_celery_beat.py")))
