"""Every fenced block of every page is run, or read by who would read it.

What a page says of what its blocks do is the matter of the page's own test. Here nothing is left
out: a block in a language that nobody reads fails, and so does a name, a command, an option, a
setting, a tag or a metric that is not there.
"""

import json
import re
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from celery.schedules import crontab_parser
from django.contrib.staticfiles import finders
from django.dispatch import Signal

from django_clvrec.sources import registry
from docs.from_code import signals
from docs.from_code.pages import PAGES as MADE
from tests.integration.oscar import tutorial
from tests.packaging import follow
from tests.pages import code, shell, templates
from tests.pages.blocks import PAGES, ROOT, Block, every
from tests.shelf import Shelf

GIVEN = {
    "docs/how-to/api.md": {"has_bought_from": bool},
    "docs/how-to/databases.md": {"DATABASES": {"default": {"NAME": "shop"}}},
}
"""What a page takes for granted in its Python."""

TASKS = {"BACKEND": f"{code.TASKS}.backends.immediate.ImmediateBackend", "QUEUES": ["clvrec"]}
SETTINGS = {"docs/how-to/schedule.md": {"TASKS": {"default": TASKS}}}
"""What stands in a shop's settings already."""

SOURCE = {"docs/how-to/ratings.md": "corner"}
"""Whose source a page's settings are for; others are for the example shop's."""

MODULE = {
    "docs/how-to/deep.md": "shop.recommenders",
    "docs/how-to/recommenders.md": "shop.recommenders",
}
"""Where a page's Python stands; otherwise in a source."""

SHOP = "shop"
"""Pages call the example shop so."""

OWN = {
    "docs/how-to/awkward-shops.md": "tests/awkward/test_page.py",
    "docs/how-to/compatibility.md": "tests/compat",
    "docs/how-to/oscar.md": "tests/integration/oscar/test_how_to.py",
    "docs/tutorial/oscar.md": "tests/integration/oscar/test_tutorial.py",
    "docs/tutorial/shop.md": "tests/packaging/test_tutorial.py",
}
"""Pages that need a project of their own, so that only their own test can run them: its path, or
that of its folder. It names the page, and fails for a block that it does not run."""
RUN = {"bash", "console", "django", "html", "jinja", "python", "sh", "shell", "sql"}
"""What such a test runs; the other languages are read here all the same."""

BLOCKS = every()


@pytest.fixture
def undone(monkeypatch):
    """What Python on a page registers or connects is undone."""
    monkeypatch.setattr(registry, "_registry", {**registry._registry})
    for name in ("", ".models", ".policy"):
        module = import_module(f"example_shop.shop{name}")
        monkeypatch.setitem(sys.modules, f"{SHOP}{name}", module)
    heard = {name: _signal(name, module) for name, (module, _) in signals.found().items()}
    for signal in heard.values():
        monkeypatch.setattr(signal, "receivers", [*signal.receivers])
    yield
    for signal in heard.values():
        signal.sender_receivers_cache.clear()


def _signal(name: str, module: str) -> Signal:
    return vars(import_module(module))[name]


class Reader:
    """Reads a block by its language."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.fixture = request.getfixturevalue

    def python(self, block: Block) -> None:
        self.fixture("undone")
        for _ in range(2):
            Shelf()
        names = self._told(block)
        others = {"clvrec.W004"} if block.page in SOURCE else set()
        found = code.complaints(names, self.fixture("settings"))
        assert [one for one in found if one.id not in others] == []

    def _told(self, block: Block) -> dict[str, Any]:
        """What the Python of a page gives, down to a block."""
        settings, monkeypatch = self.fixture("settings"), self.fixture("monkeypatch")
        for name, value in SETTINGS.get(block.page, {}).items():
            setattr(settings, name, value)
        if block.page in SOURCE:
            only = SOURCE[block.page]
            monkeypatch.setattr(registry, "_registry", {only: registry._registry[only]})
        monkeypatch.chdir(self.fixture("tmp_path"))  # some write files
        module = ModuleType(MODULE.get(block.page, "shop.clvrec"))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        names = vars(module) | GIVEN.get(block.page, {})
        vars(module).update(names)
        for one in BLOCKS:
            if one.page == block.page and one.language == "python" and one.line <= block.line:
                for name in re.findall(r'os\.environ\["(\w+)"\]', one.text):
                    monkeypatch.setenv(name, "a text that is as long as a secret has to be")
                code.run(one.text, vars(module))
        return vars(module)

    def console(self, block: Block) -> None:
        shell.check(block.text)

    bash = sh = shell = console

    def django(self, block: Block) -> None:
        self.fixture("undone")
        if any("@register" in one.text for one in BLOCKS if one.page == block.page):
            self._told(block)
        request = self.fixture("rf").get("/")
        templates.render(block.text, request)
        assert templates.tags_are_balanced(block.text)

    html = django

    def json(self, block: Block) -> None:
        json.loads(block.text)

    def toml(self, block: Block) -> None:
        assert tomllib.loads(block.text)

    def yaml(self, block: Block) -> None:
        assert yaml.safe_load(block.text)
        metrics = MADE["metrics.md"]()
        for name in re.findall(r"clvrec_\w+", block.text):
            assert f"`{name.removesuffix('_bucket')}`" in metrics

    def css(self, block: Block) -> None:
        assert block.text.count("{") == block.text.count("}") > 0
        styles = Path(finders.find("clvrec/shelf.css")).read_text()
        known = {*re.findall(r"var\((--clvrec-[\w-]+)", styles)}
        assert {*re.findall(r"--clvrec-[\w-]+", block.text)} <= known

    def cron(self, block: Block) -> None:
        for line in block.text.splitlines():
            minute, hour, *_, command = line.split(maxsplit=5)
            assert crontab_parser(60).parse(minute)
            assert crontab_parser(24).parse(hour)
            shell.check(command)

    def ini(self, block: Block) -> None:
        for line in block.text.splitlines():
            name, _, value = line.partition("=")
            assert name
            if "manage.py" in value:
                shell.check(value)

    def text(self, block: Block) -> None:
        """Pictures and what a program printed: nothing that could be typed."""
        begins = r"^\s*(\$ |python |pip |make |\S*manage\.py |celery |curl |(from \w+ )?import )"
        assert not re.search(begins, block.text, re.MULTILINE), "this is no text: say what it is"


@pytest.mark.django_db
@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_the_block_is_right(block, request):
    if block.language.startswith("{"):
        return  # the build reads it
    if block.page in OWN and block.language in RUN:
        return
    reader = getattr(Reader(request), block.language or "?", None)
    assert reader, f"nobody reads {block.language or 'a block without a language'}"
    reader(block)


def test_no_page_is_left_out():
    assert {*ROOT.glob("*.md")} <= {*PAGES}
    assert len(BLOCKS) > 100


def test_pages_with_a_test_of_their_own_are_run_there():
    for page, path in OWN.items():
        files = [*(ROOT / path).rglob("test_*.py")] or [ROOT / path]
        assert any(page in one.read_text() for one in files), page


@pytest.mark.parametrize("page", ["docs/tutorial/oscar.md", "docs/tutorial/shop.md"])
def test_a_tutorial_is_followed_in_every_block(page):
    """What its own test does, step by step, in an environment that is not here."""
    wanted = []
    for block in (one for one in BLOCKS if one.page == page):
        wanted += block.text.splitlines() if block.language == "console" else [block.text]
    if page == "docs/tutorial/oscar.md":
        done = [step.text or step.target for step in tutorial.steps(page)]
    else:
        found = follow.steps((ROOT / page).read_text())
        done = [step if isinstance(step, str) else step.text for step in found]
    assert done == wanted
