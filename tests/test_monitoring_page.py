"""What `docs/how-to/monitoring.md` says is true."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.http import HttpResponse
from prometheus_client import REGISTRY

import django_clvrec
from django_clvrec.checks import check_settings
from django_clvrec.conf import DEFAULTS
from django_clvrec.core.drift import by_chance
from django_clvrec.drift import drifted
from django_clvrec.logs import FIELDS, say
from tests.records import recorded
from tests.shelf import Shelf

PAGE = (Path(__file__).parent.parent / "docs/how-to/monitoring.md").read_text()
LOGGING, MIDDLEWARE, METRICS, RECEIVER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(JSON,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
(RULES,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def run(code):
    found = {"os": os}
    exec(code, found)  # noqa: S102
    return found


def test_the_logging_dict_writes_json_to_stdout():
    """In a process of its own: what configures logging closes the handlers of others."""
    code = f"""{LOGGING}
import logging.config
logging.config.dictConfig(LOGGING)
from django_clvrec.logs import say
say(logging.INFO, "refresh.stage", "done", seconds=2.5)
"""
    words = [sys.executable, "-c", code]
    found = subprocess.run(words, check=True, capture_output=True, text=True)
    assert json.loads(found.stdout)["seconds"] == 2.5


def test_every_field_is_told_and_the_line_is_made_of_them():
    told = re.findall(r"`(\w+)`", PAGE.partition("where it is about something\nelse:")[2][:300])
    assert [name for name in told if name in FIELDS] == [*FIELDS]
    line = json.loads(JSON)
    assert {*line} - {"time", "level", "logger", "message"} <= {*FIELDS}


def test_every_event_that_is_told_is_logged():
    told = set(re.findall(r"`((?:refresh|webhook|receiver|customer|feedback)\.\w+)`", PAGE))
    told |= set(re.findall(r"`serving\.(\w+)`", PAGE))
    folder = Path(django_clvrec.__file__).parent
    code = "".join(path.read_text() for path in folder.rglob("*.py"))
    dynamic = {"refresh.held"}
    assert [event for event in told - dynamic if f'"{event}"' not in code] == []


def test_the_middleware_gives_the_request_s_id_to_records(rf):
    def view(request):
        say(logging.INFO, "x", "inside")
        return HttpResponse()

    with recorded() as records:
        run(MIDDLEWARE)["request_id"](view)(rf.get("/", headers={"X-Request-Id": "r1"}))
    assert records.found[0].request == "r1"


def test_the_setting_is_right_and_turns_metrics_on(db, settings, client, monkeypatch):
    monkeypatch.setenv("CLVREC_METRICS_TOKEN", "s3cret")
    settings.CLVREC = settings.CLVREC | run(METRICS)["CLVREC"]
    assert check_settings() == []
    headers = {"Authorization": "Bearer s3cret"}
    assert client.get("/clvrec/metrics/", headers=headers).status_code == 200


def metrics_told():
    rows = re.findall(r"^\| ((?:`clvrec_\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_metric_is_told(db, settings):
    settings.CLVREC = settings.CLVREC | {"METRICS": {}}
    families = {
        f"{one.name}_total" if one.type == "counter" else one.name
        for one in REGISTRY.collect()
        if one.name.startswith("clvrec_")
    }
    assert metrics_told() == families


def test_the_alert_rules_ask_for_metrics_that_exist():
    (group,) = yaml.safe_load(RULES)["groups"]
    for rule in group["rules"]:
        assert (
            {"alert", "expr", "annotations"} <= {*rule} <= {"alert", "expr", "for", "annotations"}
        )
        names = {name.removesuffix("_bucket") for name in re.findall(r"clvrec_\w+", rule["expr"])}
        assert names
        assert names <= metrics_told()
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_the_receiver_hears_of_drift(db, capsys):
    tell = run(RECEIVER)["tell_the_team"]
    alarm = {"index": "psi", "of": "frequency", "value": 0.4, "bound": 0.25}
    snapshot = Shelf("corner").snapshot
    drifted.send(type(snapshot), snapshot=snapshot, drift={"alarms": [alarm]})
    drifted.disconnect(tell)
    assert capsys.readouterr().out == f"corner #{snapshot.pk} ['frequency']\n"


def test_the_figures_of_settings_and_of_chance_are_those_of_the_code():
    assert f"`FRESH_HOURS` ({DEFAULTS['FRESH_HOURS']})" in PAGE
    assert json.dumps(DEFAULTS["DRIFT"]) in PAGE
    assert f"{by_chance(200, 200):.2f} for 200 customers" in PAGE


@pytest.mark.parametrize("name", ["live", "ready", "fresh"])
def test_the_addresses_exist(db, client, name):
    assert f"| `health/{name}/` |" in PAGE
    assert client.get(f"/clvrec/health/{name}/").status_code in {200, 503}
