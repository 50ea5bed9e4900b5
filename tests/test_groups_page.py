"""What `docs/how-to/groups.md` says is true."""

import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from django_clvrec.admin.explorer import views
from django_clvrec.admin.explorer.context import OTHERS
from django_clvrec.groups import MOST_COUNTED, ConditionsForm, paging
from django_clvrec.models import CustomerGroup
from tests.shelf import Shelf

PAGE = (Path(__file__).parent.parent / "docs/how-to/groups.md").read_text()
(COMMAND,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
(CODE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def shelf(db):
    shelf = Shelf()
    shelf.score("ann", tier="high", segment="at_risk", recency_days=90, clv=1)
    shelf.score("bob", tier="high", segment="cant_lose", recency_days=70, clv=2)
    shelf.score("cid", tier="high", segment="at_risk", recency_days=3)
    return shelf


def test_the_command_writes_the_group(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wish = {"recency_to": 9}
    CustomerGroup.objects.create(name="Call them", source="ShopPurchases", conditions=wish)
    _, *words = shlex.split(COMMAND)
    call_command(*words, stdout=StringIO())
    lines = Path("call_them.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["customer_key", "cid"]


def test_the_code_finds_whom_to_call(shelf):
    found = {}
    exec(CODE, found)  # noqa: S102
    size, rows = found["worth_a_call"]("ShopPurchases")
    assert size == 2
    assert [row.customer_key for row in rows] == ["bob", "ann"]


def test_every_parameter_is_told():
    table = PAGE[PAGE.index("| Parameter |") : PAGE.index("They are parameters")]
    told = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\|(.*?)\|", table, re.MULTILINE))))
    assert told == {*ConditionsForm.base_fields, *OTHERS[:2]}
    orders = next(line for line in table.splitlines() if line.startswith("| `order`"))
    assert re.findall(r"`(\w+)`", orders)[1:] == list(paging.ORDERS)


def test_permissions_and_the_bound_are_those_of_the_code():
    assert {views.EXPORT, views.SAVE, views.DELETE} <= set(re.findall(r"`(clvrec\.\w+)`", PAGE))
    assert f"“more than {MOST_COUNTED:,}”" in PAGE
