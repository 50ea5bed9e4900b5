"""Arrays of a snapshot in the database: no shared disk, and no pickle."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.archives import unpacked
from django_clvrec.models import Snapshot, SnapshotArray, write_database
from django_clvrec.replica import read_through

PART_BYTES = 1 << 20
"""Small enough for the packet limit of every supported database."""
LEARNT, CUSTOMERS = "learnt/", "customers/"
"""Begin the names of arrays that recommenders are kept in."""


def save_arrays(snapshot: Snapshot, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store `arrays` under `name`. Raises ValueError for arrays of Python objects."""
    SnapshotArray.objects.bulk_create(
        [
            SnapshotArray(snapshot=snapshot, name=name, part=part, data=data)
            for part, data in enumerate(_parts(arrays))
        ],
        batch_size=4,
    )


def change_arrays(snapshot_id: int, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Put `arrays` into the place of those that are stored; within a transaction.

    Parts are changed where they stand: for a new one a database would lock the snapshot's row.
    """
    rows = SnapshotArray.objects.using(write_database()).filter(snapshot_id=snapshot_id, name=name)
    parts = _parts(arrays)
    for part, data in enumerate(parts):
        if not rows.filter(part=part).update(data=data):
            rows.create(snapshot_id=snapshot_id, name=name, part=part, data=data)
    rows.filter(part__gte=len(parts)).delete()


def _parts(arrays: Mapping[str, NDArray[Any]]) -> list[bytes]:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    data = buffer.getvalue()
    return [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]


def load_arrays(
    snapshot_id: int, name: str, *, using: str | None = None
) -> dict[str, NDArray[Any]]:
    """The arrays stored under `name`; empty where there are none. One query.

    Raises DamagedArrays.
    """
    return load_many(snapshot_id, [name], using=using)[name]


def load_many(
    snapshot_id: int, names: Sequence[str], *, using: str | None = None
) -> dict[str, dict[str, NDArray[Any]]]:
    """The same for several names. One query, two where a replica does not know them all."""
    parts = SnapshotArray.objects.filter(snapshot_id=snapshot_id).order_by("name", "part")
    found: dict[str, list[bytes]] = {name: [] for name in names}

    def fill(alias: str) -> bool:
        missing = [name for name, pieces in found.items() if not pieces]
        rows = parts.using(alias).filter(name__in=missing)
        for name, data in rows.values_list("name", "data"):
            found[name].append(bytes(data))
        return all(found.values())

    if using is None:
        read_through(fill)
    else:
        fill(using)
    return {name: unpacked(b"".join(pieces)) if pieces else {} for name, pieces in found.items()}


def factors_name(level: str, tier: str = "") -> str:
    """Where the factors of a tier's model (or the global one) are kept."""
    return f"als/{level}/{tier}"


def learnt_name(level: str) -> str:
    """Where the other recommenders of a level are kept."""
    return f"{LEARNT}{level}"


def customers_name(level: str) -> str:
    """Where those of their arrays are kept that have a row for each of some customers."""
    return f"{CUSTOMERS}{level}"


def neighbours_name(level: str) -> str:
    """Where the items are kept that go with an item."""
    return f"neighbours/{level}"


def text_array(value: Any) -> NDArray[np.uint8]:
    """What JSON can hold, as an array."""
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def text_of(array: NDArray[np.uint8]) -> Any:
    """What `text_array` was given."""
    return json.loads(array.tobytes())
