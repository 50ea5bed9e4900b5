"""What `docs/how-to/experiments.md` says is true."""

import json
import re
from pathlib import Path

import pytest

from django_clvrec.core.experiments import MISMATCH
from django_clvrec.experiments import off_policy
from django_clvrec.models.variants import OPTIONS, RULE_OPTIONS, wrong_variants
from tests.experiments.conftest import experiment, show

PAGE = (Path(__file__).parents[2] / "docs/how-to/experiments.md").read_text()
[VARIANTS] = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
RATES, OTHERS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
[CONSOLE] = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)

pytestmark = pytest.mark.django_db


def run(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


def test_the_variants_are_right_and_every_option_is_told():
    assert wrong_variants("window", VARIANTS) == []
    assert {*OPTIONS} == {name for one in VARIANTS for name in one}
    assert {*RULE_OPTIONS} <= {*re.findall(r"`(\w+)`", PAGE)}


def test_the_commands_run(command):
    experiment("KEY", VARIANTS, is_active=False)
    for line in CONSOLE.splitlines():
        assert command(*line.split()[3:])


def test_the_report_is_read(command):
    experiment("window", VARIANTS)
    show("ann", "window:ease", clicked=["a"])
    assert run(RATES)["click_rates"]("window", "product")["ease"] == 1


def test_another_policy_is_judged():
    for number in range(120):
        clicked = ["a"] if number % 2 else []
        show(str(number), items=[["a", 0.5], ["b", 0.5]], clicked=clicked)
    low, high = run(OTHERS)["clicks_per_item"]("product", {"a": 1, "b": 1})
    assert low < 0.25 < high


def test_the_limits_are_those_of_the_code():
    assert f"p = {MISMATCH}" in PAGE
    assert f"fewer than {off_policy.FEW_SUBJECTS} subjects" in PAGE
    assert off_policy.LEAST_KNOWN == 0.5
