"""What pages name within their sentences is there."""

import re

import pytest
from django.core.management import get_commands

from django_clvrec.conf import DEFAULTS, RATES
from docs.from_code import causes, commands, errors, log, signals
from docs.from_code.source import PACKAGE
from tests.pages import shell
from tests.pages.blocks import FENCE, PAGES, ROOT

INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def sentences(path):
    """A page without its blocks."""
    kept, marks = [], ""
    for line in path.read_text().splitlines():
        fence = FENCE.match(line)
        if not marks and fence:
            marks = fence["marks"]
        elif marks:
            marks = "" if line.strip() == marks else marks
        else:
            kept.append(line)
    return "\n".join(kept)


TEXTS = [(str(path.relative_to(ROOT)), sentences(path)) for path in PAGES]
each_page = pytest.mark.parametrize("text", [text for _, text in TEXTS], ids=[n for n, _ in TEXTS])


@each_page
def test_commands_exist(text):
    assert {*re.findall(r"\b(clvrec_[a-z_]+)\b", text)} <= known_names()


def known_names():
    """Commands, scopes of rates, metrics, tables, libraries of tags, apps, a cookie."""
    found = (re.findall(r'label = "(\w+)"', one.read_text()) for one in PACKAGE.rglob("apps.py"))
    labels = {label for several in found for label in several}
    metrics = {*re.findall(r"`(clvrec_\w+)`", (ROOT / "docs/reference/metrics.md").read_text())}
    tables = {*re.findall(r"`(clvrec_\w+)`", (ROOT / "docs/reference/models.md").read_text())}
    return {*get_commands(), *commands.names(), *labels, *RATES, *metrics, *tables,
            "clvrec_", "clvrec_admin", "clvrec_dashboard", "clvrec_feedback", "clvrec_practice",
            "clvrec_preview", "clvrec_shelf"}  # fmt: skip


@each_page
def test_commands_in_sentences_take_what_they_are_given(text):
    for words in INLINE.findall(text):
        if re.match(r"(python )?manage\.py \w+ |make \w|celery -A", words) and "…" not in words:
            shell.check(words)


@each_page
def test_ids_of_checks_exist(text):
    assert {*re.findall(r"clvrec\w*\.[EWI]\d{3}", text)} <= {*causes.CHECKS}
    # after others of the same app, as of a list
    assert {f"clvrec.{one}" for one in re.findall(r"`([EW]\d{3})`", text)} <= {*causes.CHECKS}


@each_page
def test_settings_exist(text):
    named = re.findall(r'CLVREC\["(\w+)"\]|CLVREC\[\'(\w+)\'\]', text)
    assert {name for pair in named for name in pair if name} <= {*DEFAULTS}


def test_every_setting_is_on_a_page_beside_its_table():
    rest = "".join(text for name, text in TEXTS if name != "docs/reference/settings.md")
    blocks = "".join(path.read_text() for path in PAGES if path.name != "settings.md")
    assert [name for name in DEFAULTS if name not in rest and name not in blocks] == []


def test_every_id_error_event_and_signal_is_on_its_page():
    text = dict(TEXTS)
    for page, names in {
        "checks": causes.CHECKS,
        "errors": errors.classes(),
        "signals": signals.found(),
    }.items():
        headings = re.findall(r"^## (.+)$", text[f"docs/reference/{page}.md"], re.MULTILINE)
        assert headings == sorted(names)
    assert {one.name for one in log.found()} <= {*INLINE.findall(text["docs/reference/log.md"])}


def test_troubleshooting_leads_to_all_of_them():
    text = dict(TEXTS)["docs/how-to/troubleshoot.md"]
    for page in ("checks", "errors", "log"):
        assert f"(../reference/{page}.md)" in text
