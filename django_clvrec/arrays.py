"""Arrays of a snapshot in the database: no shared disk, and no pickle."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.models import Snapshot, SnapshotArray
from django_clvrec.replica import read_through

PART_BYTES = 1 << 20
"""Small enough for the packet limit of every supported database."""


def save_arrays(snapshot: Snapshot, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store `arrays` under `name`. Raises ValueError for arrays of Python objects."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    data = buffer.getvalue()
    SnapshotArray.objects.bulk_create(
        [
            SnapshotArray(
                snapshot=snapshot, name=name, part=part, data=data[start : start + PART_BYTES]
            )
            for part, start in enumerate(range(0, len(data), PART_BYTES))
        ],
        batch_size=4,
    )


def load_arrays(snapshot_id: int, name: str) -> dict[str, NDArray[Any]]:
    """The arrays stored under `name`; empty where there are none. One query."""
    return load_many(snapshot_id, [name])[name]


def load_many(snapshot_id: int, names: Sequence[str]) -> dict[str, dict[str, NDArray[Any]]]:
    """The same for several names. One query, two where a replica does not know them all."""
    parts = SnapshotArray.objects.filter(snapshot_id=snapshot_id).order_by("name", "part")
    found: dict[str, list[bytes]] = {name: [] for name in names}

    def fill(alias: str) -> bool:
        missing = [name for name, pieces in found.items() if not pieces]
        rows = parts.using(alias).filter(name__in=missing)
        for name, data in rows.values_list("name", "data"):
            found[name].append(bytes(data))
        return all(found.values())

    read_through(fill)
    return {name: _unpacked(b"".join(pieces)) for name, pieces in found.items()}


def _unpacked(data: bytes) -> dict[str, NDArray[Any]]:
    if not data:
        return {}
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return dict(archive)


def factors_name(level: str, tier: str = "") -> str:
    """Where the factors of a tier's model (or the global one) are kept."""
    return f"als/{level}/{tier}"


def learnt_name(level: str) -> str:
    """Where the other recommenders of a level are kept."""
    return f"learnt/{level}"


def neighbours_name(level: str) -> str:
    """Where the items are kept that go with an item."""
    return f"neighbours/{level}"


def text_array(value: Any) -> NDArray[np.uint8]:
    """What JSON can hold, as an array."""
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def text_of(array: NDArray[np.uint8]) -> Any:
    """What `text_array` was given."""
    return json.loads(array.tobytes())
