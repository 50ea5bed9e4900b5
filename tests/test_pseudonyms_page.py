"""What `docs/how-to/pseudonyms.md` says is true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from django_clvrec.checks import check_settings
from django_clvrec.conf import get_config
from django_clvrec.models import (
    CustomerGroup,
    CustomerScore,
    SegmentChange,
    ShownList,
    TierChange,
)
from django_clvrec.pseudonyms import stored_key
from tests.shelf import Shelf, person

PAGE = (Path(__file__).parent.parent / "docs/how-to/pseudonyms.md").read_text()
SETTING, MATCH, REMOVE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(MAKE,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


def run(code, **names):
    exec(code, names)  # noqa: S102
    return names


def test_the_command_makes_a_secret_that_the_checks_take(settings, monkeypatch):
    code = re.search('"(.*)"', MAKE).group(1)
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    monkeypatch.setenv("CLVREC_PSEUDONYM_KEY", made.stdout.strip())
    settings.CLVREC = run(f"import os\n{SETTING}")["CLVREC"]
    assert len(get_config()["PSEUDONYM_KEY"]) >= 32
    assert check_settings() == []


@pytest.mark.django_db
def test_rows_are_matched_with_customers_of_the_shop(pseudonyms):
    ann, bob = person("ann"), person("bob")
    row = Shelf().score(stored_key(str(ann.pk)))
    found = run(MATCH)["by_pseudonym"]([ann, bob])
    assert found[row.customer_key] == ann
    assert len(row.customer_key) == 34


@pytest.mark.django_db
def test_what_was_stored_under_keys_of_the_shop_goes_and_the_rest_stays(pseudonyms):
    now, kept = timezone.now(), stored_key("42")
    kind = ContentType.objects.get_for_model(CustomerScore)
    boss = person("boss")
    for key in ("42", kept):
        moved = {"source": "corner", "customer_key": key, "changed_at": now, "snapshot_id": 1}
        TierChange.objects.create(from_tier="new", to_tier="low", cause="order", **moved)
        SegmentChange.objects.create(from_segment="", to_segment="lost", **moved)
        for is_customer in (True, False):
            ShownList.objects.create(
                id=f"00000000-0000-0000-000{int(is_customer)}-{len(key):012}", subject_key=key,
                is_customer=is_customer, level="product", intent="discover", answer_source="stored",
                snapshot_id=1, tier="low", items=[], shown_at=now,
                batch="00000000-0000-0000-0000-000000000000",
            )  # fmt: skip
        LogEntry.objects.create(user=boss, content_type=kind, object_repr=key, action_flag=2)
    CustomerGroup.objects.create(source="corner", name="one", conditions={"q": "42"})
    CustomerGroup.objects.create(source="corner", name="many", conditions={"tier": ["low"]})
    run(REMOVE)["remove_keys_of_the_shop"]()
    for changes in (TierChange, SegmentChange):
        assert changes.objects.get().customer_key == kept
    of_customers = ShownList.objects.filter(is_customer=True)
    assert of_customers.get().subject_key == kept
    assert ShownList.objects.filter(is_customer=False).count() == 2
    assert CustomerGroup.objects.get().name == "many"
    assert {*LogEntry.objects.values_list("object_repr", flat=True)} == {"–"}


def test_the_page_names_what_the_back_office_and_the_api_do_otherwise():
    for told in ("attribute_all", "Has bought", "customers/<key>/", "?search=", "clvrec_doctor"):
        assert told in PAGE
