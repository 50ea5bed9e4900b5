"""A disk that is full ends a refresh with a clear error, and leaves nothing behind.

The stand-in is a limit on the size of files: the system refuses to write, as it does on a disk
without room, and needs no rights for that.
"""

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from django_clvrec.exceptions import DiskFull, FilesLost
from django_clvrec.models import Snapshot
from django_clvrec.pipeline import refresh
from django_clvrec.serving import live_snapshot_id
from tests.corner_shop.clvrec import CornerShop

pytestmark = pytest.mark.django_db


@contextmanager
def disk_to_fill() -> Iterator[Callable[[], None]]:
    """Yields what fills the disk; at the end it has room again.

    Inside of the test, not a fixture: pytest writes its own report, perhaps to a file, before
    fixtures end.
    """
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


@pytest.fixture
def work(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local", "WORK_DIR": tmp_path}
    return tmp_path


@pytest.mark.parametrize("full_at", ["extract", "quarantine", "scores", "recommend product"])
def test_a_full_disk_fails_the_snapshot_and_leaves_the_live_one(stock, work, as_of, full_at):
    stock.fill()
    live = refresh("corner", as_of=as_of)

    with disk_to_fill() as fill, pytest.raises(DiskFull):
        refresh("corner", as_of=as_of, on_progress=lambda stage, *_: stage == full_at and fill())
    failed = Snapshot.objects.latest("pk")
    assert failed.state == Snapshot.State.FAILED
    assert failed.error.startswith("A refresh could not write its files: the disk is full.")
    assert "WORK_DIR" in failed.error
    assert live_snapshot_id("corner") == live.pk
    assert list(work.iterdir()) == []


def test_files_that_somebody_has_cleared_are_told_with_the_next_step(stock, work, as_of):
    stock.fill()

    def clear(stage, *_):
        if stage == "rfm":
            for folder in work.iterdir():
                shutil.rmtree(folder)

    with pytest.raises(FilesLost, match="nobody clears"):
        refresh("corner", as_of=as_of, on_progress=clear)
    assert Snapshot.objects.get().state == Snapshot.State.FAILED


def test_a_work_folder_that_is_none_is_told_with_the_next_step(stock, work, as_of, settings):
    stock.fill()
    (work / "file").write_text("no folder")
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": work / "file"}
    with pytest.raises(FilesLost, match="WORK_DIR"):
        refresh("corner", as_of=as_of)
    assert Snapshot.objects.get().state == Snapshot.State.FAILED
