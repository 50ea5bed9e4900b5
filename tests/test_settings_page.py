"""What docs/reference/settings.md says is true."""

import re
from pathlib import Path

from django_clvrec.conf import DEFAULTS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"


def test_settings_and_defaults_are_those_of_the_code():
    told = re.findall(r"^## ([A-Z_]+)\n\n.+?\n\nDefault: `(.+?)`\.", PAGE.read_text(), re.MULTILINE)
    assert dict(told) == {name: repr(value).replace("'", '"') for name, value in DEFAULTS.items()}
    assert len(told) == len(DEFAULTS)


def test_every_page_that_is_linked_exists():
    pages = re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", PAGE.read_text())
    assert pages
    assert [page for page in pages if not (PAGE.parent / page).exists()] == []
