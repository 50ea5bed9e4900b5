"""All that is held about one customer, for who asks for it."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from django_clvrec.privacy import erase, held, held_json
from tests.privacy.conftest import SOURCE, STATES

pytestmark = pytest.mark.django_db


def told(key, source=None):
    return json.loads("".join(held_json(key, source)))


def test_every_part_tells_of_the_customer_and_of_nobody_else(kept):
    ann, bob = kept("ann", "bob")
    found = told(ann)
    assert (found["customer"], found["source"]) == (ann, SOURCE)
    sizes = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    snapshots = len(STATES) + 1
    assert sizes == {
        "scores": snapshots, "lists": snapshots, "tiers_by_now": snapshots, "tier_changes": 1,
        "segment_changes": 1, "shown_lists": 1, "feedback": 1, "groups": 1, "erasures": 0,
    }  # fmt: skip
    assert {row["customer_key"] for row in found["scores"]} == {ann}
    assert found["shown_lists"][0]["items"]
    assert bob not in {
        row.get("customer_key") for rows in found.values() if isinstance(rows, list) for row in rows
    }


def test_after_an_erasure_only_the_mark_is_held(kept):
    ann, _ = kept("ann", "bob")
    erase(ann, stays_out=True)
    left = {name: list(rows) for name, rows in held(ann)}
    [mark] = left.pop("erasures")
    assert mark["stays_out"] is True
    assert not any(left.values())


@pytest.mark.parametrize("key", ["nobody", "a\0b", ""])
def test_nothing_is_held_of_nobody(db, key):
    assert not any(rows for rows in told(key).values() if isinstance(rows, list))


def test_it_takes_a_query_for_each_part(kept, django_assert_num_queries):
    ann, _ = kept("ann", "bob")
    with django_assert_num_queries(9):
        told(ann)


def test_the_command_prints_one_object(kept):
    ann, _ = kept("ann", "bob")
    out = StringIO()
    call_command("clvrec_held", ann, stdout=out)
    assert json.loads(out.getvalue()) | {"told_at": ""} == told(ann) | {"told_at": ""}


def test_the_command_knows_the_sources(db):
    with pytest.raises(CommandError, match="No purchase source is called 'elsewhere'"):
        call_command("clvrec_held", "ann", source="elsewhere", stdout=StringIO())
