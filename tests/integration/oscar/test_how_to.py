"""What docs/how-to/oscar.md says is true."""

import re

import pytest
from django.conf import settings
from django.template import engines

from django_clvrec.contrib.oscar import conf
from django_clvrec.contrib.oscar.checks import check_oscar
from django_clvrec.contrib.oscar.sources import OscarPurchases
from tests.integration.oscar.pages import Shelves
from tests.integration.oscar.tutorial import ROOT

PAGE = (ROOT / "docs/how-to/oscar.md").read_text()
SETTING, SOURCE, INCLUDES = re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL)
"""Every block of the page: a new one has to be run here too."""
TEMPLATES = ROOT / "django_clvrec/contrib/oscar/templates"


def ran(text):
    said = {}
    exec(text, said)  # noqa: S102
    return said


def test_every_key_of_the_setting_is_told():
    assert re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)[-4:] == [
        "uncounted",
        "rates",
        "recommended_products",
        "source",
    ]
    assert len(conf.DEFAULTS) == 4


def test_the_statuses_that_do_not_count_are_those_of_the_code():
    told = re.search(r"are called ([^|]+?) \|", PAGE)[1]
    assert set(re.findall(r"[a-z]+", told)) - {"or"} == conf.CANCELLED


def test_the_setting_is_right_where_the_pipeline_has_its_statuses(monkeypatch):
    said = ran(SETTING)["CLVREC_OSCAR"]
    assert said.keys() == conf.DEFAULTS.keys() - {"source"}
    monkeypatch.setattr(settings, "CLVREC_OSCAR", said, raising=False)
    pipeline = {"Cancelled": (), "Chargeback": ()}
    monkeypatch.setattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", pipeline)
    assert check_oscar() == []


def test_a_source_can_be_made_from_ours():
    found = ran(SOURCE)["WithTax"]
    assert issubclass(found, OscarPurchases)
    assert found().fields()["revenue"] == "line_price_incl_tax"


@pytest.mark.django_db
def test_what_a_page_of_yours_includes_is_a_shelf_with_its_styles_and_scripts(client):
    request = client.get("/basket/").wsgi_request
    html = engines["django"].from_string(INCLUDES).render({}, request)
    assert len(Shelves(html).found["For you"]) == 6
    assert "clvrec/shelf.css" in html
    assert "<script" in html


def test_every_template_that_it_names_exists():
    named = set(re.findall(r"`((?:clvrec_)?oscar/[a-z_/]+\.html)`", PAGE))
    assert len(named) >= 6
    assert all((TEMPLATES / name).exists() for name in named)
