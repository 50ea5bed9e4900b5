"""What `docs/how-to/upgrade.md` says is true."""

import re
from pathlib import Path

import pytest

import django_clvrec
from django_clvrec.models import Snapshot
from tests.shelf import Shelf

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/how-to/upgrade.md").read_text()
(CODE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.django_db
def test_going_back_makes_the_newest_other_snapshot_live():
    older, newer, live = (Shelf(is_live=False), Shelf(is_live=False), Shelf())
    found = {}
    exec(CODE, found)  # noqa: S102
    found["go_back"]()
    now = Snapshot.objects.live("ShopPurchases").get()
    assert now == newer.snapshot
    assert now.pk not in {older.snapshot.pk, live.snapshot.pk}


def test_the_migration_that_it_leads_back_to_is_one():
    [number] = re.findall(r"migrate clvrec (\d+)", PAGE)
    folder = Path(django_clvrec.__file__).parent / "migrations"
    names = sorted(path.stem for path in folder.glob("0*.py"))
    assert [name for name in names[:-1] if name.startswith(number)]


def test_the_changelog_says_what_to_do_where_it_says_so():
    assert "Upgrading" in (ROOT / "CHANGELOG.md").read_text()
    assert "lines that begin with “Upgrading”" in PAGE
