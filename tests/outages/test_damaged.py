"""Arrays that are missing or damaged: lists are served as they were stored, and it is told once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_clvrec.arrays import learnt_name, neighbours_name
from django_clvrec.models import SnapshotArray
from django_clvrec.serving import recommend, related
from django_clvrec.serving.restoring import restored_related, restored_room
from tests.outages.fill import clusters, stored
from tests.shelf import Shelf, bought, person, product

pytestmark = pytest.mark.django_db

LEVEL = "product"


@pytest.fixture
def shop(db):
    """A shelf with arrays, and a customer who bought since."""
    products = [product(f"Oats {number}") for number in range(1, 9)]
    ann, shelf = person("ann"), Shelf(report={"clusters": clusters()})
    stored(shelf, ann, products)
    bought(ann, products[0])
    return shelf.snapshot, str(ann.pk), str(products[1].pk)


def damage(snapshot, name, data):
    SnapshotArray.objects.filter(snapshot=snapshot, name=name).update(data=data)


def whole(snapshot, name):
    return bytes(SnapshotArray.objects.get(snapshot=snapshot, name=name).data)


def test_with_its_arrays_a_list_is_made_anew(shop):
    _, ann, _ = shop
    assert recommend(ann, LEVEL, 4).source == "fold_in"


DAMAGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "garbage": lambda _: b"\x00garbage" * 50,
    "one wrong byte": lambda data: data[:80] + bytes([data[80] ^ 255]) + data[81:],
}


@pytest.mark.parametrize("how", DAMAGES)
def test_with_damaged_arrays_the_stored_list_is_served(shop, how, caplog):
    snapshot, ann, _ = shop
    damage(snapshot, learnt_name(LEVEL), DAMAGES[how](whole(snapshot, learnt_name(LEVEL))))
    answer = recommend(ann, LEVEL, 4)
    assert (answer.source, len(answer)) == ("stored", 4)
    assert "lists are served as they were stored" in caplog.text


@pytest.mark.parametrize("how", DAMAGES)
def test_with_damaged_neighbours_nothing_goes_with_an_item(shop, how, caplog):
    snapshot, _, item = shop
    name = neighbours_name(LEVEL)
    damage(snapshot, name, DAMAGES[how](whole(snapshot, name)))
    assert len(related([item], LEVEL)) == 0
    assert "cannot be read" in caplog.text


def test_a_damaged_array_is_read_once(shop, caplog, django_assert_num_queries):
    snapshot, ann, _ = shop
    damage(snapshot, learnt_name(LEVEL), b"garbage")
    for _ in range(3):
        recommend(ann, LEVEL, 4)
    assert caplog.text.count("cannot be read") == 1


def test_with_arrays_that_are_gone_the_stored_list_is_served(shop):
    snapshot, ann, item = shop
    SnapshotArray.objects.filter(snapshot=snapshot).delete()
    assert recommend(ann, LEVEL, 4).source == "stored"
    assert len(related([item], LEVEL)) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200), name=st.sampled_from(["learnt", "neighbours"]))
def test_no_bytes_in_place_of_an_array_are_an_error(shop, data, name):
    snapshot, _, _ = shop
    damage(snapshot, f"{name}/{LEVEL}", data)
    assert not restored_room(snapshot.pk, LEVEL).named("blend")
    restored_related(snapshot.pk, LEVEL)
