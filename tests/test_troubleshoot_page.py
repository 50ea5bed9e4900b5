"""What `docs/how-to/troubleshoot.md` quotes is what the code says."""

import re
from pathlib import Path

from django_clvrec.core.clv import bg_nbd
from django_clvrec.serving import request
from docs.from_code.source import PACKAGE

PAGE = (Path(__file__).parent.parent / "docs/how-to/troubleshoot.md").read_text()


def test_reasons_are_those_of_answers():
    quoted = re.findall(r"“(.+?)”", PAGE)
    code = Path(request.__file__).read_text()
    assert len(quoted) == 2
    assert [one for one in quoted if one.removesuffix(" …") not in code] == []


def test_the_least_for_a_forecast_is_that_of_the_code():
    assert f"fewer than {bg_nbd.MIN_REPEATERS} customers ordered again" in PAGE


def test_tags_and_methods_of_policies_exist():
    code = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    names = re.findall(r"`(?:Policy\.)?(customer_key|sellable|order_placed)`", PAGE)
    names += re.findall(r"{% (\w+) %}", PAGE)
    assert len({*names}) == 6
    assert [name for name in names if f"def {name}(" not in code] == []
