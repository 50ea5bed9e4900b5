"""Every text is translated, in step with the code, and pages can be read in each language."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import django
import polib
import pytest

import django_clvrec
from tests.office.reports import FULL
from tests.shelf import Shelf, bought, person, product

PACKAGE = Path(django_clvrec.__file__).parent
LANGUAGES = {"pt_BR": "pt-br", "zh_Hans": "zh-hans"}
HOLES = re.compile(r"%(?:\(\w+\))?[sd]|%%|\{\w*\}")
MESSAGES = "LC_MESSAGES/django.po"


def catalogue(language, folder=PACKAGE):
    return polib.pofile(str(folder / "locale" / language / MESSAGES))


def said(entry):
    return [entry.msgstr, *entry.msgstr_plural.values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    missing = [one.msgid for one in catalogue(language) if not one.translated() or one.fuzzy]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_stays_in_its_place(language):
    for entry in catalogue(language):
        known = {*HOLES.findall(entry.msgid), *HOLES.findall(entry.msgid_plural)}
        for text in filter(None, said(entry)):
            assert {*HOLES.findall(text)} <= known, entry.msgid
            if not entry.msgid_plural:
                assert {*HOLES.findall(text)} == known, entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    written = catalogue(language)
    compiled = polib.mofile(str(PACKAGE / "locale" / language / "LC_MESSAGES/django.mo"))
    texts = {(one.msgctxt, one.msgid): said(one) for one in written}
    assert {(one.msgctxt, one.msgid): said(one) for one in compiled if one.msgid} == texts


def test_no_text_of_the_code_is_missing_and_none_is_left_over(tmp_path):
    """As `make messages` would find them, in a copy."""
    assert shutil.which("xgettext"), "Install gettext, which reads texts from the code."
    copy = tmp_path / "django_clvrec"
    skipped = shutil.ignore_patterns("__pycache__", "*.mo")
    shutil.copytree(PACKAGE, copy, ignore=skipped)
    words = ("makemessages", "-l", "pt_BR", "--no-location", "--no-obsolete", "-v0")
    subprocess.run([sys.executable, "-m", "django", *words], cwd=copy, check=True)
    found = {(one.msgctxt, one.msgid) for one in catalogue("pt_BR", copy)}
    for language in LANGUAGES:
        assert {(one.msgctxt, one.msgid) for one in catalogue(language)} == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_django_has_too_are_translated_as_there(language):
    """There is one catalogue for all apps: ours would change a shop's own pages."""
    ours = {(one.msgctxt, one.msgid): one for one in catalogue(language)}
    theirs: dict = {}
    for path in Path(django.__file__).parent.glob(f"**/locale/{language}/{MESSAGES}"):
        for entry in polib.pofile(str(path)):
            if entry.translated() and (entry.msgctxt, entry.msgid) in ours:
                theirs.setdefault((entry.msgctxt, entry.msgid), []).append(said(entry))
    assert {key for key, texts in theirs.items() if said(ours[key]) not in texts} == set()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-br", ("Alto valor", "Em risco", "1.200")),
        ("zh-hans", ("高价值", "有流失风险", "1200")),
    ],
)
def test_the_back_office_speaks_the_reader_s_language(db, client, settings, language, words):
    settings.LANGUAGE_CODE = language
    shelf = Shelf(report=FULL)
    ann = person("ann")
    bought(ann, product())
    row = shelf.score(ann, tier="high", overall_score=7, segment="at_risk", clv=75.5)
    client.force_login(person("boss", ["view_snapshot", "view_customerscore"], is_staff=True))
    pages = [
        client.get(address).text
        for address in (
            "/admin/clvrec/",
            "/admin/clvrec/customerscore/",
            f"/admin/clvrec/customerscore/{row.pk}/change/",
            f"/admin/clvrec/snapshot/{shelf.snapshot.pk}/change/",
        )
    ]
    tier, segment, number = words
    assert all(tier in page and segment in page for page in pages[:3])
    assert number in pages[0]
    assert ">As a table<" not in pages[0]
