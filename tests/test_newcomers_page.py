"""What `docs/how-to/newcomers.md` says is true."""

import json
import re
from pathlib import Path

import pytest
from django.apps import apps

from django_clvrec.checks import check_settings
from django_clvrec.conf import DEFAULTS
from django_clvrec.core.bandit import DRAWS, STRENGTH
from django_clvrec.feedback import Subject, read_token, record, token_for
from django_clvrec.models import BanditArm, ShownList
from django_clvrec.serving import recommend
from tests.shelf import Shelf, product

PAGE = (Path(__file__).parent.parent / "docs/how-to/newcomers.md").read_text()
SHARES, PLAIN, DEVICE, VISITOR = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ANN = Subject(key="ann", is_customer=False)


def run(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


@pytest.fixture
def goods(db):
    goods = [product(f"Oats {number}") for number in range(12)]
    Shelf().popular(*goods)
    return [str(one.pk) for one in goods]


def see(answer):
    """The visitor's browser reports the list; what is stored of it."""
    token = token_for(answer, subject=ANN)
    record([{"list": token, "kind": "shown"}], [ANN])
    return ShownList.objects.get(pk=read_token(token).list_id)


def test_the_shares_are_the_default_and_right(settings):
    shares = run(SHARES)["CLVREC"]
    assert shares["EXPLORATION"] == DEFAULTS["EXPLORATION"]
    settings.CLVREC = settings.CLVREC | shares
    assert [found for found in check_settings() if found.id != "clvrec.W002"] == []


@pytest.mark.parametrize("shares", [{"new": 0}, {}])
def test_without_a_share_nothing_is_learnt(goods, settings, shares):
    assert f"`{json.dumps(shares)}`" in PAGE
    settings.CLVREC = settings.CLVREC | {"EXPLORATION": shares}
    see(recommend(None, "product"))
    assert not BanditArm.objects.exists()


def test_what_is_logged_once_it_has_learnt(goods, rf):
    request = rf.get("/", headers={"User-Agent": "Mobi"})
    assert run(DEVICE)["ShopPolicy"]().context(request) == "phone"
    ask = run(VISITOR)["for_a_visitor"]
    assert [item.key for item in ask(request, "product")] == goods[:10]
    see(ask(request, "product"))
    assert all(0 < chance <= 1 for _, chance in see(ask(request, "product")).items)
    assert run(PLAIN)["best_sellers"]("product") == goods[:10]


def test_the_numbers_and_names_are_those_of_the_code():
    assert f"{STRENGTH:.0f} shows" in PAGE
    assert f"{DRAWS} drawn lists" in PAGE
    for name in ("POPULARITY_DAYS", "FEEDBACK_DAYS"):
        assert f"`{name}` ({DEFAULTS[name]})" in PAGE
    names = str(apps.get_model("clvrec", "BanditArm")._meta.verbose_name_plural)
    assert f"*{names.capitalize()}*" in PAGE


def test_every_page_that_is_named_exists():
    folder = Path(__file__).parent.parent / "docs/how-to"
    assert all((folder / name).exists() for name in re.findall(r"\]\(([\w-]+\.md)\)", PAGE))
