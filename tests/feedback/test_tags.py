"""The tags that put token and script into a page."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.staticfiles import finders
from django.template import engines

from django_clvrec.feedback import read_token


@pytest.fixture
def render(rf, db):
    def render(source, user=None, headers=(), **context):
        request = rf.get("/", headers=dict(headers))
        request.user, request.session = user or AnonymousUser(), SessionStore()
        template = engines["django"].from_string("{% load clvrec clvrec_feedback %}" + source)
        return template.render(context, request).strip()

    return render


def test_a_list_gets_its_token(render, ann, answer):
    token = read_token(render("{% list_token answer variant='b' %}", ann, answer=answer))
    assert [key for key, _ in token.items] == [item.key for item in answer]
    assert token.variant == "b"


def test_the_script_comes_from_the_shop_and_knows_where_to_report(render, ann):
    tag = '<script src="/static/clvrec/events.js" data-clvrec-events="/clvrec/v1/events/" defer>'
    assert render("{% recommendation_events %}", ann) == tag + "</script>"


def test_who_is_not_tracked_gets_neither(render, ann, answer):
    page = "{% recommendation_events %}{% list_token answer %}"
    assert render(page, ann, {"Sec-GPC": "1"}, answer=answer) == ""
    assert render(page, answer=answer) == ""


def test_the_script_is_small_and_keeps_nothing():
    script = Path(finders.find("clvrec/events.js")).read_text()
    assert len(script.splitlines()) < 130
    assert not [word for word in ("cookie =", "localStorage", "eval", "http") if word in script]


def test_a_shelf_carries_token_and_item_keys(render, ann, answer, goods):
    html = render("{% recommendations 'product' %}", ann)
    assert 'data-clvrec-list="' in html
    assert all(f'data-clvrec-item="{one.pk}"' in html for one in goods)
