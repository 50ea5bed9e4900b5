"""`manage.py clvrec_experiment`."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError
from django.utils import timezone

from django_clvrec.management.experiments import moment
from django_clvrec.models import Experiment
from tests.experiments.conftest import DAY, TWO, experiment, show
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def test_the_list_shows_what_runs(command):
    assert command("list") == "There is no experiment yet. Add one in the admin.\n"
    experiment(tiers=["low"], level="product")
    experiment("later", is_active=False)
    head, first, second = command("list").splitlines()
    assert head.split()[:3] == ["key", "active", "level"]
    assert first.split()[:4] == ["window", "yes", "product", "low"]
    assert second.split()[:4] == ["later", "no", "all", "all"]


def test_the_report_is_a_table(command):
    experiment()
    assert "Nothing was shown yet" in command("report", "window")
    for number in range(8):
        show(str(number), "window:control", clicked=["a"] if number % 2 else [])
    show("x", "window:other", sold={"a": "3.50"})
    told = command("report", "window")
    assert "50.00% (" in told
    assert "minus control" in told
    assert "3.50" in told
    assert "sample ratio: p = 0.020" in told
    assert "Too few to decide" in told
    assert "product, mid when first shown" in told


def test_a_difference_without_bounds_is_a_number_alone(command):
    experiment()
    for number in range(4):
        variant = ("control", "other")[number % 2]
        show(str(number), f"window:{variant}", clicked=["a"] if number % 2 else [])
    [line] = [one for one in command("report", "window").splitlines() if "+100.00%" in one][:1]
    assert line.split()[:3] == ["other", "+100.00%", "+0.00%"]
    told = json.loads(command("report", "window", "--json", "-"))
    found = told["levels"][0]["overall"]["results"]["other"]["differences"]["click_rate"]
    assert found == {"value": 1, "low": None, "high": None, "p_value": None}


def test_a_level_that_is_nowhere_is_told_with_those_there_are(command):
    experiment()
    with pytest.raises(CommandError, match=r"no level 'prodcut'; there is .*product"):
        command("report", "window", "--level", "prodcut")
    # one that a source has no longer
    show("ann", "window:control", level="shelf")
    assert "shelf" in command("report", "window", "--level", "shelf")


def test_json_is_all_that_is_printed(command, tmp_path):
    experiment()
    show("ann", "window:control")
    told = json.loads(command("report", "window", "--level", "product", "--json", "-"))
    assert (told["key"], told["control"]) == ("window", "control")
    path = tmp_path / "report.json"
    assert "variant" in command("report", "window", "--json", str(path))
    assert json.loads(path.read_text())["levels"] == told["levels"]
    with pytest.raises(CommandError, match="cannot be written"):
        command("report", "window", "--json", str(tmp_path / "no" / "where"))


def test_starting_and_stopping(command):
    experiment(is_active=False)
    assert command("start", "window") == "window runs.\n"
    assert Experiment.objects.get().is_active
    assert "is stopped" in command("stop", "window")
    assert not Experiment.objects.get().is_active


def test_times_are_those_of_the_shop(command):
    begin = datetime(2126, 1, 1, 3, 30, tzinfo=UTC)
    experiment(is_active=False, starts_at=begin)
    with timezone.override("America/New_York"):
        assert command("start", "window") == "window runs from 2125-12-31 22:30.\n"
        assert "2125-12-31 22:30" in command("list")
        now = f"{timezone.localtime():%Y-%m-%d %H}"
        assert f"window, {now}" in command("report", "window")


def test_times_without_a_zone_stay_as_they_are():
    assert moment(datetime(2026, 1, 2, 3, 4)) == "2026-01-02 03:04"  # noqa: DTZ001


def test_what_has_ended_is_not_started_and_makes_room(command):
    experiment(is_active=False, ends_at=timezone.now() - DAY)
    with pytest.raises(CommandError, match=r"it has ended\. Give it a later end in the admin"):
        command("start", "window")
    Experiment.objects.update(is_active=True)
    experiment("second", is_active=False)
    assert command("start", "second") == "second runs.\n"


def test_a_second_one_for_the_same_lists_is_not_started(command):
    experiment("first")
    experiment(is_active=False)
    with pytest.raises(CommandError, match=r"“first” is active .* Correct it in the admin"):
        command("start", "window")
    assert not Experiment.objects.get(key="window").is_active


def test_starting_without_the_recommender_warns(command, capsys):
    Shelf()
    experiment(is_active=False, variants=[TWO[0], TWO[1] | {"recommender": "ease"}])
    from django.core.management import call_command

    call_command("clvrec_experiment", "start", "window")
    assert "the live snapshot keeps no ease" in capsys.readouterr().err


def test_an_unknown_key_is_told_with_those_there_are(command):
    with pytest.raises(CommandError, match=r"there is none yet\. Add experiments in the admin"):
        command("report", "window")
    experiment("first")
    with pytest.raises(CommandError, match="no experiment 'window'; there is first"):
        command("stop", "window")


def test_off_policy_says_why_it_cannot(command):
    Shelf().popular("1")
    with pytest.raises(CommandError, match="Have lists explore"):
        command("off-policy", "--level", "product")


def test_off_policy_is_a_table(command):
    Shelf().popular("a", "b", level="product")
    for number in range(100):
        clicked = ["a"] if number % 4 == 0 else []
        show(str(number), items=[["a", 0.5], ["c", 0.5]], clicked=clicked)
    told = command("off-policy", "--level", "product")
    assert "as it was" in told
    assert "doubly robust" in told
    assert "Of the popular items 50% were tried out" in told
