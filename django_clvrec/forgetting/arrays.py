"""Rows of single customers in a snapshot's arrays, found by digests that are kept beside them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec import marks
from django_clvrec.arrays import CUSTOMERS, LEARNT, change_arrays, load_arrays
from django_clvrec.models import SnapshotArray, write_database

Arrays = dict[str, NDArray[Any]]
SHARES, OWNERS = "shares.", "customers"
"""Ends of names, as `core.recommenders.keeping` has them: a matrix, and whose rows it has."""


def has_customers(name: str) -> bool:
    """Whether an array holds a row for each of some customers."""
    end = name.rpartition("/")[2]
    return end == OWNERS or end.startswith(SHARES)


def without_keys(source: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """The same with eight bytes in place of each key, which tell nothing without SECRET_KEY."""
    return {
        name: _numbers(marks.digest_of(source, key) for key in array)
        if name.rpartition("/")[2] == OWNERS
        else array
        for name, array in arrays.items()
    }


def forget_in_arrays(snapshot_ids: Iterable[int], digests: Iterable[str]) -> int:
    """Empty the rows of customers; how many there were. Within a transaction.

    An empty row is nobody's neighbour, so the others are scored as if it had never been learnt.
    """
    gone = _numbers(digests)
    return sum(_forget(one, name, gone) for one in snapshot_ids for name in _names(one))


def _names(snapshot_id: int) -> list[str]:
    """What may hold rows of customers, which older versions kept beside everything else."""
    rows = SnapshotArray.objects.using(write_database()).filter(snapshot_id=snapshot_id, part=0)
    every = [*rows.values_list("name", flat=True)]
    found = [name for name in every if name.startswith(CUSTOMERS)]
    apart = {name.removeprefix(CUSTOMERS) for name in found}
    old = [name for name in every if name.startswith(LEARNT)]
    return found + [name for name in old if name.removeprefix(LEARNT) not in apart]


def _forget(snapshot_id: int, name: str, gone: NDArray[np.uint64]) -> int:
    arrays = load_arrays(snapshot_id, name, using=write_database())
    emptied = 0
    for one in [one for one in arrays if one.endswith(f"{SHARES}indptr")]:
        prefix = one.removesuffix(f"{SHARES}indptr")
        owners = arrays.get(prefix + OWNERS)
        # nobody knows whose rows an older version kept: all of them go, and the next refresh
        # brings back those of the others
        rows = np.full(len(arrays[one]) - 1, True) if owners is None else np.isin(owners, gone)
        if owners is not None:
            arrays[prefix + OWNERS] = np.where(rows, np.uint64(0), owners)
        if rows.any():
            emptied += int(rows.sum())
            _empty(arrays, prefix + SHARES, rows)
    if emptied:
        change_arrays(snapshot_id, name, arrays)
    return emptied


def _empty(arrays: Arrays, matrix: str, rows: NDArray[np.bool_]) -> None:
    """Take the cells of some rows out of a matrix in compressed rows."""
    lengths = np.diff(arrays[f"{matrix}indptr"])
    stay = np.repeat(~rows, lengths)
    ends = np.cumsum(np.where(rows, 0, lengths))
    arrays[f"{matrix}data"] = arrays[f"{matrix}data"][stay]
    arrays[f"{matrix}indices"] = arrays[f"{matrix}indices"][stay]
    arrays[f"{matrix}indptr"] = np.concatenate([[0], ends]).astype(arrays[f"{matrix}indptr"].dtype)


def _numbers(digests: Iterable[str]) -> NDArray[np.uint64]:
    return np.array([marks.number_of(one) for one in digests], dtype=np.uint64)
