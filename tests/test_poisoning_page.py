"""What `docs/how-to/poisoning.md` says is true."""

import re
from pathlib import Path

from django.apps import apps

from django_clvrec.admin.quarantine import QuarantineAdmin
from django_clvrec.checks import check_settings
from django_clvrec.conf import DEFAULTS
from django_clvrec.core import bursts
from django_clvrec.sources import PurchaseSource

PAGE = (Path(__file__).parent.parent / "docs/how-to/poisoning.md").read_text()
TEXT = " ".join(PAGE.split())
SOURCE, CAPS, QUARANTINE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_settings_are_the_defaults_and_right(settings):
    for code in (CAPS, QUARANTINE):
        told = {}
        exec(code, told)  # noqa: S102
        [(name, value)] = told["CLVREC"].items()
        assert value == DEFAULTS[name]
        settings.CLVREC = settings.CLVREC | told["CLVREC"]
        assert [found for found in check_settings() if found.id != "clvrec.W002"] == []


def test_the_source_has_what_a_source_has():
    names = re.findall(r"^    (\w+)(?:, (\w+))? = ", SOURCE, re.MULTILINE)
    known = {*PurchaseSource.__annotations__}
    assert {name for pair in names for name in pair if name} <= known
    assert "`unfiltered = True`" in PAGE
    assert "unfiltered" in known


def test_the_figures_are_those_of_the_code():
    rules = bursts.BurstRules()
    assert f"at least {rules.buyers} more than" in TEXT
    assert f"once in {round(1 / rules.chance)} refreshes" in TEXT
    assert f"Fewer than {rules.buyers + 1} newcomers" in TEXT
    assert bursts.LONGER == 4
    assert rules.days * bursts.SETTLED == 3 * 7
    assert rules.days * bursts.LONGER * bursts.SETTLED == 12 * 7


def test_the_names_are_those_of_the_admin():
    names = str(apps.get_model("clvrec", "Quarantine")._meta.verbose_name_plural)
    assert f"*{names.capitalize()}*" in TEXT
    for action in ("let_count", "keep_out"):
        assert f"*{getattr(QuarantineAdmin, action).short_description}*" in TEXT


def test_every_page_that_is_named_exists():
    folder = Path(__file__).parent.parent / "docs/how-to"
    assert all((folder / name).exists() for name in re.findall(r"\]\(([\w-]+\.md)\)", PAGE))
