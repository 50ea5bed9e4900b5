"""What `docs/how-to/doctor.md` says is true."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.template.loader import get_template

from django_clvrec.doctor import Severity
from django_clvrec.doctor.findings import TOPICS, ok
from django_clvrec.doctor.records import LEAST_DAYS, MISSED

PAGE = (Path(__file__).parent.parent / "docs/how-to/doctor.md").read_text()
(CODE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(JSON,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_every_topic_is_told():
    told = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert told == ["topic", *TOPICS]


def test_every_command_exists():
    assert set(re.findall(r"manage\.py (clvrec_\w+)", PAGE)) == {"clvrec_doctor"}
    assert "clvrec_doctor" in get_commands()


def test_the_object_looks_like_that():
    told = json.loads(JSON)
    assert [*told] == ["source", "status", "findings"]
    assert [*told["findings"][0]] == [*ok("refresh", "").to_json()]


def test_the_exit_codes_are_the_severities():
    codes = re.findall(r"\*\*(\d)\*\* (all well|warnings|errors)", PAGE)
    assert codes == [("0", "all well"), ("1", "warnings"), ("2", "errors")]
    assert [*map(int, Severity)] == [0, 1, 2]


def test_what_is_stale_is_what_the_code_has():
    assert (LEAST_DAYS, MISSED) == (2, 2)
    assert "in any case two days" in PAGE


@pytest.mark.django_db
def test_the_gauges_are_numbers_by_topic():
    found = {}
    exec(CODE, found)  # noqa: S102
    assert found["gauges"]() == {
        'clvrec_doctor{topic="source"}': 0,
        'clvrec_doctor{topic="refresh"}': 1,
    }


def test_the_template_is_there():
    get_template(re.search(r'include "(.*?)"', PAGE)[1])
