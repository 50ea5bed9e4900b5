"""Arrays of a snapshot in the database: what is stored comes back as it was."""

import numpy as np
import pytest

from django_clvrec import arrays
from django_clvrec.arrays import factors_name, load_arrays, save_arrays
from django_clvrec.exceptions import DamagedArrays
from django_clvrec.models import Snapshot, SnapshotArray

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot(as_of):
    return Snapshot.objects.create(source="corner", engine="by hand", as_of=as_of)


def noise(*shape):
    """Numbers that do not get smaller by compression."""
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    "array",
    [
        noise(7, 3),
        noise(0, 3),
        np.array(["a", "é", "longer"]),
        np.array([], dtype=str),
        np.arange(5),
        np.array(1.5),
        np.array([True, False]),
        np.array([np.nan, np.inf]),
    ],
)
def test_an_array_comes_back_as_it_was(snapshot, array):
    save_arrays(snapshot, "one", {"array": array})
    found = load_arrays(snapshot.pk, "one")
    assert list(found) == ["array"]
    assert (found["array"].dtype, found["array"].shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found["array"], array)


def test_arrays_keep_their_names(snapshot):
    save_arrays(snapshot, "two", {"keys": np.array(["a"]), "factors": noise(1, 2)})
    assert set(load_arrays(snapshot.pk, "two")) == {"keys", "factors"}


def test_large_arrays_are_kept_in_parts_and_read_in_one_query(
    snapshot, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(arrays, "PART_BYTES", 100)
    array = noise(30, 9)
    save_arrays(snapshot, "parts", {"array": array})
    sizes = [len(bytes(row.data)) for row in SnapshotArray.objects.order_by("part")]
    assert len(sizes) > 10
    assert set(sizes[:-1]) == {100}
    assert 0 < sizes[-1] <= 100
    with django_assert_num_queries(1):
        found = load_arrays(snapshot.pk, "parts")
    np.testing.assert_array_equal(found["array"], array)


def test_parts_are_put_together_in_their_order_and_not_in_that_of_their_rows(snapshot, monkeypatch):
    monkeypatch.setattr(arrays, "PART_BYTES", 100)
    save_arrays(snapshot, "parts", {"array": noise(30)})
    parts = list(SnapshotArray.objects.order_by("-part"))
    SnapshotArray.objects.all().delete()
    for part in parts:
        part.pk = None
        part.save()
    np.testing.assert_array_equal(load_arrays(snapshot.pk, "parts")["array"], noise(30))


def test_arrays_of_python_objects_are_refused(snapshot):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        save_arrays(snapshot, "objects", {"array": np.array([{}, None], dtype=object)})
    assert not SnapshotArray.objects.exists()


def test_nothing_that_was_pickled_is_ever_read(snapshot, tmp_path):
    path = tmp_path / "pickled.npz"
    np.savez(path, array=np.array([{}], dtype=object))
    SnapshotArray.objects.create(snapshot=snapshot, name="pickled", part=0, data=path.read_bytes())
    with pytest.raises(DamagedArrays):
        load_arrays(snapshot.pk, "pickled")


def test_names_and_snapshots_do_not_mix(snapshot, as_of):
    other = Snapshot.objects.create(source="corner", engine="by hand", as_of=as_of)
    for number, (owner, name) in enumerate([(snapshot, "a"), (snapshot, "b"), (other, "a")]):
        save_arrays(owner, name, {"array": np.array([number])})
    found = [load_arrays(s.pk, name)["array"][0] for s, name in ((snapshot, "b"), (other, "a"))]
    assert found == [1, 2]


def test_where_nothing_is_stored_nothing_is_found(snapshot):
    assert load_arrays(snapshot.pk, "nothing") == {}


def test_an_archive_of_no_arrays_is_empty(snapshot):
    save_arrays(snapshot, "empty", {})
    assert load_arrays(snapshot.pk, "empty") == {}


def test_arrays_go_with_their_snapshot(snapshot):
    save_arrays(snapshot, "one", {"array": noise(3)})
    snapshot.delete()
    assert not SnapshotArray.objects.exists()


def test_every_model_has_a_name_of_its_own_for_its_factors():
    names = [factors_name(level, tier) for level in ("category", "product") for tier in ("", "low")]
    assert names == ["als/category/", "als/category/low", "als/product/", "als/product/low"]
