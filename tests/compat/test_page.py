"""What `docs/how-to/compatibility.md` says is true."""

import json
import re
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.template import engines

from django_clvrec import feedback, orders, serving
from tests.compat.page import PAGE, all_of_them, asked_for, blocks, names_of
from tests.shelf import Shelf, person, product

PYPROJECT = (Path(__file__).parents[2] / "pyproject.toml").read_text()
PACKAGES = {
    "Jinja2": "jinja2",
    "django-debug-toolbar": "django-debug-toolbar",
    "drf-spectacular": "drf-spectacular",
    "django-import-export": "django-import-export",
    "ASGI, async views": "uvicorn",
}


def test_every_block_is_run_by_a_test_of_this_folder():
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    assert asked_for(tests) == all_of_them()


@pytest.fixture
def shelf(db):
    shelf = Shelf()
    shelf.popular(product("Oats"), product("Rice"))
    return shelf


@pytest.fixture
def request_of(rf):
    def request_of(user=None):
        request = rf.get("/")
        request.user, request.session = user or AnonymousUser(), SessionStore()
        return request

    return request_of


@pytest.mark.parametrize(("row", "package"), PACKAGES.items())
def test_the_lowest_version_told_is_the_lowest_that_is_tested(row, package):
    """The matrix has a session with the lowest of everything."""
    [told] = re.findall(
        rf"^\| {re.escape(row)} \| (?:uvicorn )?([\d.]+) and later", PAGE, re.MULTILINE
    )
    assert f'"{package}>={told}"' in PYPROJECT


def test_an_asynchronous_view_answers(shelf, request_of):
    view = names_of(blocks("python", "Async views")[0])["beside"]
    found = json.loads(async_to_sync(view)(request_of(), "1").content)
    assert len(found["mine"]) == 2
    assert found["near"] == []


def test_a_page_is_rendered_off_the_event_loop(shelf, request_of, settings, tmp_path):
    (tmp_path / "home.html").write_text("{% load clvrec %}{% recommendations 'product' %}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    view = names_of(blocks("python", "Async views")[1])["home"]
    assert "Oats" in async_to_sync(view)(request_of()).content.decode()


def test_all_that_can_be_awaited_is_told():
    table = PAGE.partition("| To await |")[2].partition("\n\n")[0]
    told = {name.rpartition(".")[2] for name in re.findall(r"`([\w.]+)`", table)}
    there = {
        name
        for room in (serving, feedback, orders)
        for name in vars(room)
        if name[0] == "a" and name[1:] in vars(room) and callable(vars(room)[name])
    }
    assert there <= told
    assert told - there <= {name[1:] for name in there}


def test_the_page_in_jinja2_is_rendered(shelf, request_of, settings):
    settings.TEMPLATES = names_of(blocks("python", "Jinja2")[0])["TEMPLATES"]
    ann = person("ann")
    shelf.score(ann, tier="high")
    [page] = blocks("jinja", "Jinja2")
    values = {"product": product("Figs")}
    html = engines["jinja2"].from_string(page).render(values, request_of(ann))
    assert ">For you</h2>" in html
    assert 'aria-busy="true"' in html
    assert html.rstrip().endswith("2")


def test_fragments_show_everybody_their_own(shelf, request_of):
    [source] = blocks("django", "Fragments and pages that are kept")
    ann = person("ann")
    shelf.recommended(ann, product("Figs"))
    page = engines["django"].from_string(source)
    mine = page.render({}, request_of(ann))
    other = page.render({}, request_of())
    assert mine.index("Figs") < mine.index("Oats")
    assert "Figs" not in other.partition("Oats")[0]
