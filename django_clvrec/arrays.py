"""Arrays of a snapshot in the database: no shared disk, and no pickle."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.models import Snapshot, SnapshotArray

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
    parts = SnapshotArray.objects.filter(snapshot_id=snapshot_id, name=name).order_by("part")
    data = b"".join(bytes(part) for part in parts.values_list("data", flat=True))
    if not data:
        return {}
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return dict(archive)


def factors_name(level: str, tier: str = "") -> str:
    """Where the factors of a tier's model (or the global one) are kept."""
    return f"als/{level}/{tier}"
