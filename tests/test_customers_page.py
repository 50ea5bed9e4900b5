"""What `docs/how-to/customers.md` says is true."""

import re
from pathlib import Path

import pytest
from django.template import engines
from django.test import RequestFactory

from django_clvrec.checks.settings import check_settings
from django_clvrec.core.segments import DEFAULT, rules_of
from tests.shelf import Shelf, person, product

PAGE = (Path(__file__).parent.parent / "docs/how-to/customers.md").read_text()
CALL, TABLE, MISSED, POLICY = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(TEMPLATE,) = re.findall(r"```django\n(.*?)```", PAGE, re.DOTALL)


def run(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


@pytest.mark.django_db
def test_quiet_customers_of_value_are_found():
    shelf = Shelf()
    shelf.score("ann", tier="high", segment="at_risk", clv=20)
    shelf.score("bob", tier="high", segment="cant_lose", clv=90)
    shelf.score("cid", tier="high", segment="champions", clv=500)
    shelf.score("dee", tier="low", segment="at_risk", clv=500)
    Shelf(is_live=False).score("eva", tier="high", segment="at_risk", clv=1)
    found = run(CALL)["worth_a_call"]()
    assert [row.customer_key for row in found] == ["bob", "ann"]


def test_the_table_of_segments_is_that_of_the_code():
    rows = re.findall(r"^\| (?:`recency` )?from (\S+) \| (.*) \|$", PAGE, re.MULTILINE)
    rules = rules_of(DEFAULT)
    for low, names in rows:
        for orders, name in zip((0.1, 0.3, 0.6, 0.9), names.split(" | "), strict=True):
            held = [rule.name for rule in rules if rule.holds(float(low) + 0.1, orders)]
            assert [f"`{one}`" for one in held] == [name]
    assert len(rows) == 4


def test_a_table_of_ones_own_is_right(settings):
    settings.CLVREC = run(TABLE)["CLVREC"]
    assert check_settings() == []


@pytest.mark.django_db
def test_the_report_tells_how_right_forecasts_were():
    Shelf(report={"lifetime": {"calibration": {"orders": {"missed_by": 61.0}}}})
    assert run(MISSED)["missed_by"]() == 61


@pytest.mark.django_db
def test_a_template_shows_prices_and_banners_by_tier_and_segment(settings, monkeypatch):
    monkeypatch.setattr("tests.policies.Own", run(POLICY)["ShopPolicy"], raising=False)
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.Own"}
    ann, bob, shelf = person("ann"), person("bob"), Shelf()
    shelf.score(ann, tier="high", segment="at_risk")
    shelf.score(bob, tier="low", segment="loyal")
    template = engines["django"].from_string(TEMPLATE)

    def shown(user):
        request = RequestFactory().get("/")
        request.user, request.session = user, {}
        return template.render({"product": product()}, request)

    assert "We have missed you." in shown(ann)
    assert "1.90" in shown(ann)
    assert "We have missed you." not in shown(bob)
    assert "<p>2</p>" in shown(bob)
