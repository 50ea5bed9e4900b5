"""What `docs/how-to/feedback.md` says is true."""

import json
import re
from pathlib import Path

import pytest
from celery import current_app
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import get_commands
from django.template import engines

import django_clvrec.tasks
from django_clvrec.api.events import MOST_EVENTS
from django_clvrec.api.parsers import MOST_BYTES
from django_clvrec.conf import DEFAULTS
from django_clvrec.feedback import Ignored, feedback_recorded, record, subjects_of
from django_clvrec.models import Feedback, ShownList
from tests.shelf import Shelf, bought, key_of, person, product

PAGE = (Path(__file__).parent.parent / "docs/how-to/feedback.md").read_text()
SHELF, SCRIPT = re.findall(r"```django\n(.*?)```", PAGE, re.DOTALL)
CHECKOUT, BEAT, FORGET, POLICY, RATE, LEARN = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
BODY, ANSWER = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


def run(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def oats(ann):
    oats = product("Oats")
    Shelf().recommended(ann, oats)
    return oats


@pytest.fixture
def request_of(rf):
    def request_of(user, **cookies):
        request = rf.get("/")
        request.user, request.session = user, SessionStore()
        request.COOKIES |= cookies
        return request

    return request_of


@pytest.fixture
def learned():
    found = run(LEARN)
    yield found["counts"]
    feedback_recorded.disconnect(found["learn"])


def test_from_the_template_to_the_sale(
    ann, oats, request_of, learned, django_capture_on_commit_callbacks
):
    request = request_of(ann)
    html = engines["django"].from_string(SHELF).render({}, request)
    token = re.search(r'data-clvrec-list="([^"]+)"', html)[1]
    assert f'data-clvrec-item="{oats.pk}"' in html
    events = [event | {"list": token} for event in BODY["events"]]
    events[1]["item"] = key_of(oats)
    assert record(events, subjects_of(request)).accepted == 2
    with django_capture_on_commit_callbacks(execute=True):
        run(CHECKOUT)["finish_checkout"](bought(ann, oats))
    assert learned == {"shown": 1, "clicked": 1, "bought": 1}
    run(FORGET)["forget"](ann)
    assert not ShownList.objects.exists()


def test_the_script_is_put_into_the_page(ann, request_of):
    page = engines["django"].from_string(SCRIPT).render({}, request_of(ann))
    assert page.strip().startswith("<script src=")


def test_the_tasks_and_the_command_exist():
    assert django_clvrec.tasks
    tasks = {entry["task"] for entry in run(BEAT)["CELERY_BEAT_SCHEDULE"].values()}
    assert tasks <= set(current_app.tasks)
    assert set(re.findall(r"manage\.py (\w+)", PAGE)) <= set(get_commands())


def test_the_policy_asks_for_consent(ann, request_of):
    policy = run(POLICY)["ShopPolicy"]()
    assert not policy.tracks(request_of(ann))
    assert policy.tracks(request_of(ann, consent="yes"))
    assert not policy.is_personalised(request_of(ann, personal="no"))


def test_every_reason_and_every_column_is_told():
    assert set(ANSWER["ignored"]) <= set(Ignored)
    told = re.findall(r"`(\w+)`", PAGE)
    columns = {field.name for model in (ShownList, Feedback) for field in model._meta.fields}
    assert (set(Ignored) | columns) - {"id"} <= set(told)


def test_the_limits_are_those_of_the_code():
    assert f"{MOST_EVENTS} events and {MOST_BYTES // 1024} KB" in PAGE
    for name in ("FEEDBACK_DAYS", "TOKEN_HOURS", "LISTS_PER_DAY"):
        assert f"`{name}` ({DEFAULTS[name]})" in PAGE
    assert list(run(RATE)["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]) == ["clvrec_events"]
