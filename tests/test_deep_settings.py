"""What is trained with PyTorch, where there is none: in most shops, and on every web server."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from django_clvrec.checks import check_settings
from django_clvrec.core.recommenders.names import DEEP, NAMES
from django_clvrec.engines.deep import needs
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.q_learning import DeepQ
from django_clvrec.exceptions import DeepNotInstalled
from django_clvrec.models.variants import _recommender_faults
from django_clvrec.parameters import needing_torch, own_recommenders, run_parameters
from django_clvrec.sources import get_source

ROOT = Path(__file__).parent.parent
EVERYTHING = """
import pkgutil, sys
from importlib import import_module


class Nowhere:
    def find_spec(self, name, *_):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Nowhere())
import django
django.setup()
import django_clvrec
needs = {"denoising", "looking_ahead", "attending", "networks", "attention", "training"}
apart = {f"django_clvrec.engines.deep.{name}" for name in needs}
left = []
for found in pkgutil.walk_packages(django_clvrec.__path__, "django_clvrec."):
    if found.name in apart or ".contrib." in found.name or ".migrations" in found.name:
        continue
    if ".engines.spark" in found.name:
        continue
    import_module(found.name)
    left.append(found.name)
from django_clvrec.engines.deep.contestants import deep_recommenders
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.core.recommenders.names import DEEP
assert len(deep_recommenders(DEEP, Budget())) == len(DEEP)
print(len(left))
"""


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setattr(needs, "find_spec", lambda _: None)


def test_everything_but_what_trains_with_it_can_be_imported_without_it():
    command = [sys.executable, "-W", "ignore", "-c", EVERYTHING]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 300


def test_no_package_but_the_extra_asks_for_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert not [one for one in project["dependencies"] if "torch" in one]
    asking = {
        extra
        for extra, packages in project["optional-dependencies"].items()
        if any(one.startswith("torch") for one in packages)
    }
    assert asking == {"deep"}


def test_nobody_of_them_competes_unless_a_shop_asks():
    assert own_recommenders() == {}
    assert not {*DEEP} & {*NAMES}


@pytest.mark.parametrize(
    "asked", [{"CONTESTANTS": ["dqn", "dae"]}, {"RECOMMENDER": {"low": "dae", "high": "dqn"}}]
)
def test_those_compete_that_the_settings_name_the_simplest_first(settings, asked):
    settings.CLVREC = asked
    assert [*own_recommenders()] == ["dae", "dqn"]


def test_they_stand_before_recommenders_of_the_shops_own(settings):
    settings.CLVREC = {"CONTESTANTS": ["tests.own_recommender.Newest", "mult_vae"]}
    assert [*own_recommenders(asked=["dae"])] == ["dae", "mult_vae", "newest"]


def test_they_have_the_budget_of_the_settings(settings):
    settings.CLVREC = {"CONTESTANTS": ["dae"], "DEEP": {"seconds": 5, "device": "cpu"}}
    budget = own_recommenders()["dae"].budget
    assert (budget.seconds, budget.memory_mb, budget.device) == (5, 4096, "cpu")


def test_a_shops_own_of_that_kind_has_it_too_unless_it_has_its_own(settings):
    settings.CLVREC = {
        "CONTESTANTS": ["tests.test_deep_settings.ahead", "tests.test_deep_settings.hurried"],
        "DEEP": {"seconds": 5},
    }
    own = own_recommenders()
    assert (own["ahead"].budget.seconds, own["hurried"].budget.seconds) == (5, 1)


def ahead():
    return DeepQ(name="ahead")


def hurried():
    return DeepQ(name="hurried", budget=Budget(seconds=1))


def test_a_misspelt_budget_is_an_error_of_the_check_alone(settings):
    settings.CLVREC = {"CONTESTANTS": ["dae"], "RECOMMENDER": "dae", "DEEP": {"second": 5}}
    assert ["DEEP" in found.msg for found in check_settings()] == [True]


def test_an_experiment_may_name_one_that_the_settings_pin(settings):
    settings.CLVREC = {"RECOMMENDER": "dqn"}
    assert [*_recommender_faults({"recommender": "dqn"})] == []
    assert len([*_recommender_faults({"recommender": "dae"})]) == 1


def test_who_asks_for_none_needs_none(settings):
    settings.CLVREC = {"RECOMMENDER": "ease"}
    assert needing_torch(["als"]) == []


@pytest.mark.usefixtures("no_torch")
def test_a_run_that_needs_it_says_what_to_install(settings, as_of):
    settings.CLVREC = settings.CLVREC | {"CONTESTANTS": ["dae"]}
    with pytest.raises(DeepNotInstalled, match=r"django-clvrec\[deep\]"):
        run_parameters(get_source("corner"), as_of)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_torch")
def test_the_command_says_so_too():
    with pytest.raises(CommandError, match=r"django-clvrec\[deep\]"):
        call_command("clvrec_evaluate", "--source", "corner", "--recommenders", "dae")
