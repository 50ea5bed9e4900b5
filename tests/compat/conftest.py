"""Chooses what can be collected: tests that need settings of their own, or a package."""

from importlib.util import find_spec
from pathlib import Path

from tests.compat.inside import FOLDER, is_chosen

collect_ignore = [
    str(one.parent) for one in FOLDER.glob("*/settings.py") if not is_chosen(one.parent.name)
]
if find_spec("django_celery_beat") is None:  # with Django 6.1 it is not to be had
    collect_ignore.append(str(Path(FOLDER, "packages/test_celery_beat.py")))
