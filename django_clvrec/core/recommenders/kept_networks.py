"""Networks as plain arrays and back, one layer or block after the other."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.recommenders.attention import Block, FittedNextBasket
from django_clvrec.core.recommenders.networks import FittedNetwork, Layer

NETWORKS = {"network": FittedNetwork, "next_basket": FittedNextBasket}
PARTS = {"layers": Layer, "blocks": Block}
"""Fields that hold several of a class."""


def kept_network(fitted: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What JSON can hold of it, and its arrays: matrices in half the bytes, as in `keeping`."""
    spec: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for name in (one.name for one in fields(fitted)):
        value = getattr(fitted, name)
        if name in PARTS:
            specs, kept = zip(*map(kept_network, value), strict=True)
            spec[name] = list(specs)
            for place, mine in enumerate(kept):
                arrays |= {f"{name}.{place}.{key}": array for key, array in mine.items()}
        elif isinstance(value, np.ndarray):
            arrays[name] = value.astype(np.float16) if value.ndim > 1 else value
        else:
            spec[name] = value
    return spec, arrays


def restored_network(
    kind: type[Any], spec: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> Any:
    """An instance of `kind`, in single precision. Raises KeyError where there is something less."""
    found: dict[str, Any] = {}
    for name in (one.name for one in fields(kind)):
        if name in PARTS:
            found[name] = [
                restored_network(PARTS[name], one, _of(f"{name}.{place}.", arrays))
                for place, one in enumerate(spec[name])
            ]
        elif name in arrays:
            array = arrays[name]
            found[name] = array.astype(np.float32) if array.dtype == np.float16 else array
        else:
            found[name] = spec[name]
    return kind(**found)


def _of(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {key.removeprefix(prefix): one for key, one in arrays.items() if key.startswith(prefix)}
