"""What docs/how-to/oscar.md says is true."""

import re

from django.conf import settings

from django_clvrec.contrib.oscar import conf
from django_clvrec.contrib.oscar.checks import check_oscar
from django_clvrec.contrib.oscar.sources import OscarPurchases
from tests.integration.oscar.tutorial import ROOT

PAGE = (ROOT / "docs/how-to/oscar.md").read_text()
SETTING, SOURCE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
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


def test_every_template_that_it_names_exists():
    named = set(re.findall(r"`((?:clvrec_)?oscar/[a-z_/]+\.html)`", PAGE))
    assert len(named) >= 6
    assert all((TEMPLATES / name).exists() for name in named)
