"""From files to rows, and rows away again: publish, clean up, activate."""

import shutil
import socket

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec import publish, removal
from django_clvrec.arrays import load_arrays
from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.base import Model, Outputs, Popular
from django_clvrec.exceptions import LeaseLost, NotPublishable
from django_clvrec.locks import acquire, flip
from django_clvrec.models import (
    CustomerScore,
    PopularItems,
    Recommendation,
    Snapshot,
    SnapshotArray,
    SourceState,
)
from django_clvrec.pipeline import activate, clean_up
from tests.shelf import AS_OF, Shelf

SCORE = {
    "customer_id": 0, "customer_key": "ann", "recency_days": 3, "frequency": 4,
    "monetary_value": "12.3400", "age_days": 50, "order_days": 4, "recency_score": 1,
    "frequency_score": 2,
    "monetary_score": 3, "overall_score": 6, "tier": "high",
}  # fmt: skip
LIST = {
    "customer_key": "ann", "level": "product", "intent": "discover", "model": "als:high",
    "items": ["pear", "apple"], "scores": [0.123456789, 0.1],
}  # fmt: skip
STORED = (CustomerScore, Recommendation, PopularItems, SnapshotArray)


@pytest.fixture
def folder(tmp_path):
    """What a run leaves in its folder: one score and one list."""
    save(tmp_path / "scores", [SCORE])
    save(tmp_path / "recommendations", [LIST])
    return tmp_path


def save(path, rows):
    path.mkdir(exist_ok=True)
    table = pa.Table.from_pylist(rows)
    if "monetary_value" in table.column_names:
        place = table.column_names.index("monetary_value")
        money = table.column(place).cast(pa.decimal128(24, 4))
        table = table.set_column(place, "monetary_value", money)
    pq.write_table(table, path / f"part-{len(list(path.iterdir()))}.parquet")
    (path / "_SUCCESS").touch()


def outputs(customers=1, models=()):
    clusters = fit_clusters(np.array([1.0, 2.0]), np.array([1, 1]), k=2)
    popular = Popular(level="product", tier="high", item_keys=("pear", "fig"), scores=(3, 1))
    return Outputs(
        scale=Scale(
            recency=clusters, frequency=clusters, monetary_value=clusters,
            tiers={"low": 0, "mid": 4, "high": 6}, min_orders=2,
        ),
        tier_sizes={"high": customers},
        popular=(popular,),
        models=tuple(models),
    )  # fmt: skip


def model(tier="", **fields):
    name = f"als:{tier}" if tier else "als"
    return Model(name=name, level="product", tier=tier, customers=1, interactions=1, **fields)


def write(shelf, folder, outputs, on_rows=lambda *_: None):
    return publish.write(shelf.snapshot, folder, outputs, lambda batch: batch, on_rows)


# writing


@pytest.mark.django_db
def test_scores_are_stored_as_the_files_have_them(folder):
    shelf = Shelf()
    write(shelf, folder, outputs())
    [row] = CustomerScore.objects.values()
    found = {name: str(row[name]) for name in SCORE if name != "customer_id"}
    assert found == {name: str(value) for name, value in SCORE.items() if name != "customer_id"}
    assert row["snapshot_id"] == shelf.snapshot.pk


@pytest.mark.django_db
def test_lists_are_stored_in_order_with_rounded_scores(folder):
    assert write(Shelf(), folder, outputs()) == 1
    row = Recommendation.objects.get()
    assert row.pairs() == [("pear", 0.123457), ("apple", 0.1)]
    assert (row.customer_key, row.level, row.intent, row.model) == (
        "ann", "product", "discover", "als:high",
    )  # fmt: skip


@pytest.mark.django_db
def test_files_of_several_parts_are_all_stored(folder):
    save(folder / "recommendations", [LIST | {"customer_key": "bob"}])
    assert write(Shelf(), folder, outputs()) == 2


@pytest.mark.django_db
def test_popular_items_are_stored(folder):
    write(Shelf(), folder, outputs())
    row = PopularItems.objects.get()
    assert (row.level, row.tier, row.pairs()) == ("product", "high", [("pear", 3.0), ("fig", 1.0)])


@pytest.mark.django_db
def test_factors_of_trained_models_are_stored_and_others_passed_over(folder):
    shelf, matrix = Shelf(), np.array([[1, 2], [3, 4]], dtype=np.float32)
    trained = model(item_keys=("apple", "pear"), item_factors=matrix)
    write(shelf, folder, outputs(models=[trained, model("high", fallback="too few")]))
    arrays = load_arrays(shelf.snapshot.pk, "als/product/")
    assert arrays["item_keys"].tolist() == ["apple", "pear"]
    assert arrays["item_factors"].tolist() == matrix.tolist()
    assert load_arrays(shelf.snapshot.pk, "als/product/high") == {}


@pytest.mark.django_db
def test_a_run_without_lists_stores_none(folder):
    for path in (folder / "recommendations").iterdir():
        path.unlink()
    (folder / "recommendations").rmdir()
    assert write(Shelf(), folder, outputs()) == 0
    assert CustomerScore.objects.count() == 1


@pytest.mark.django_db
def test_progress_is_told_batch_after_batch(folder, monkeypatch):
    monkeypatch.setattr(publish.rows, "BATCH_ROWS", 2)
    for number in range(4):
        save(folder / "scores", [SCORE | {"customer_key": str(number)}])
    told = []
    write(Shelf(), folder, outputs(customers=5), lambda *counts: told.append(counts))
    assert told == [(2, 5), (4, 5), (5, 5), (1, 1)]


# removing


@pytest.mark.django_db
def test_only_the_rows_of_the_snapshot_are_removed(folder, monkeypatch):
    monkeypatch.setattr(removal, "BATCH_ROWS", 1)
    kept, gone = Shelf(is_live=False), Shelf(is_live=False)
    trained = model(item_keys=("apple",), item_factors=np.ones((1, 2), dtype=np.float32))
    for shelf in (kept, gone, Shelf(is_live=False)):
        write(shelf, folder, outputs(models=[trained]))
    removal.delete_rows(gone.snapshot.pk)
    for stored in STORED:
        assert not stored.objects.filter(snapshot=gone.snapshot).exists()
        assert stored.objects.filter(snapshot=kept.snapshot).count() == 1
        assert stored.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("host", [f"{socket.gethostname()}/before-a-restart", "another"])
def test_what_a_failed_run_left_here_is_removed_and_its_error_kept(folder, tmp_path, host):
    left = tmp_path / "clvrec-left"
    left.mkdir()
    failed = Shelf(
        is_live=False,
        state="failed",
        error="Out of memory",
        folder=str(left),
        holder=f"{host}:1:1",
    )
    failed.score("ann")
    clean_up("ShopPurchases")
    assert not left.exists()
    assert not CustomerScore.objects.exists()
    assert Snapshot.objects.get().error == "Out of memory"
    assert Snapshot.objects.get().folder == ""


@pytest.mark.django_db
def test_a_folder_that_no_refresh_made_is_never_removed(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    Shelf(is_live=False, state="failed", folder=str(precious))
    clean_up("ShopPurchases")
    assert precious.exists()


@pytest.mark.django_db
def test_what_could_not_be_removed_is_not_forgotten(tmp_path, monkeypatch):
    left = tmp_path / "clvrec-left"
    left.mkdir()
    Shelf(is_live=False, state="failed", folder=str(left))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # as for files of another user
    clean_up("ShopPurchases")
    assert Snapshot.objects.get().folder == str(left)


@pytest.mark.django_db
@pytest.mark.parametrize("host", [f"{socket.gethostname()}/another-container", "another"])
def test_files_on_another_machine_are_left_for_a_refresh_there(folder, host):
    Shelf(is_live=False, state="failed", folder="/elsewhere", holder=f"{host}:1:1")
    clean_up("ShopPurchases")
    assert Snapshot.objects.get().folder == "/elsewhere"


# going live


@pytest.mark.django_db
def test_activating_makes_another_snapshot_live():
    old, _ = Shelf(), Shelf()
    activate(old.snapshot)
    assert Snapshot.objects.live().get() == old.snapshot


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["running", "failed", "expired"])
def test_only_a_finished_snapshot_can_be_activated(state):
    live, other = Shelf(), Shelf(is_live=False, state=state)
    with pytest.raises(NotPublishable):
        activate(other.snapshot)
    assert Snapshot.objects.live().get() == live.snapshot


@pytest.mark.django_db
def test_a_snapshot_that_was_removed_meanwhile_cannot_be_activated():
    live, gone = Shelf(), Shelf(is_live=False)
    Snapshot.objects.filter(pk=gone.snapshot.pk).delete()
    with pytest.raises(NotPublishable):
        activate(gone.snapshot)
    assert Snapshot.objects.live().get() == live.snapshot


@pytest.mark.django_db
def test_activating_does_not_disturb_a_running_refresh():
    old, _ = Shelf(), Shelf()
    running = acquire("ShopPurchases", "by hand", AS_OF)
    activate(old.snapshot)
    flip(running)
    assert Snapshot.objects.live().get() == running


@pytest.mark.django_db
def test_a_refresh_that_lost_its_lease_does_not_go_live():
    live = Shelf()
    lost = acquire("ShopPurchases", "by hand", AS_OF)
    SourceState.objects.update(running=None)
    with pytest.raises(LeaseLost):
        flip(lost)
    assert Snapshot.objects.live().get() == live.snapshot
