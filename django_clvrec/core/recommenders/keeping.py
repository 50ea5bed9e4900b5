"""Fitted recommenders as plain arrays, so that a snapshot can keep them, and back.

Factorisations are not here: a snapshot keeps their item factors anyway.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.recommenders.attention import FittedNextBasket
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.blend import FittedBlend, Weighing
from django_clvrec.core.recommenders.by_tier import FittedByTier
from django_clvrec.core.recommenders.features import ItemFacts
from django_clvrec.core.recommenders.item_models import FittedItemModel
from django_clvrec.core.recommenders.kept_networks import NETWORKS, kept_network, restored_network
from django_clvrec.core.recommenders.names import BLEND
from django_clvrec.core.recommenders.networks import FittedNetwork
from django_clvrec.core.recommenders.personal import FittedPersonal, Personal
from django_clvrec.core.recommenders.popular import FittedPopular
from django_clvrec.core.recommenders.tifu_knn import FittedTifuKnn, TifuKnn
from django_clvrec.core.sparse import Floats, SparseRows

Arrays = dict[str, NDArray[Any]]
Spec = dict[str, Any]
"""What is no array, as JSON can hold it."""

SHARES = "shares"
"""A matrix with a row for each of some customers."""
CUSTOMERS = "customers"
"""What tells whose rows they are."""


class CannotKeep(TypeError):
    """A shop's own recommender has no arrays: its stored lists are served as they are."""


def kept(fitted: Fitted) -> tuple[Spec, Arrays]:
    """What `restored` needs to make the same again. Raises CannotKeep for other classes."""
    match fitted:
        case FittedPopular():
            return {"kind": "popular"}, {"scores": fitted.scores}
        case FittedPersonal():
            return {"kind": "personal", **asdict(fitted.recommender)}, {"others": fitted.others}
        case FittedItemModel():
            spec = {"kind": "item_model", "counting": fitted.counting}
            arrays = {"items": fitted.items, "others": fitted.others}
            arrays |= _matrix("weights", fitted.weights)
        case FittedTifuKnn():
            spec = {"kind": "tifu_knn", **asdict(fitted.recommender)}
            known = {} if fitted.customers is None else {CUSTOMERS: fitted.customers}
            return spec, {"others": fitted.others} | known | _matrix(SHARES, fitted.shares)
        case FittedByTier():
            parts = {"": fitted.overall, **fitted.models}
            specs, arrays = kept_all(parts)
            if specs.keys() != parts.keys():
                raise CannotKeep(type(fitted).__name__)
            return {"kind": "by_tier", "parts": specs}, arrays
        case FittedBlend():
            learnt = {
                intent: [one.intercept, *one.weights.tolist()]
                for intent, one in fitted.weighings.items()
            }
            blend = {"kind": BLEND, "parts": [*fitted.parts], "weighings": learnt}
            return blend, {"facts": fitted.facts.rows}
        case FittedNetwork() | FittedNextBasket():
            [kind] = [name for name, one in NETWORKS.items() if isinstance(fitted, one)]
            network, arrays = kept_network(fitted)
            spec = {"kind": kind, **network}
        case _:
            raise CannotKeep(type(fitted).__name__)
    return spec, arrays


def restored(spec: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Fitted:
    """The recommender whose `kept` this is. Raises KeyError for what another version wrote."""
    options = {name: value for name, value in spec.items() if name != "kind"}
    match spec["kind"]:
        case "popular":
            return FittedPopular(arrays["scores"])
        case "personal":
            return FittedPersonal(Personal(**options), arrays["others"])
        case "item_model":
            weights = (
                arrays["weights"] if "weights" in arrays else _restored_rows("weights", arrays)
            )
            return FittedItemModel(weights, spec["counting"], arrays["items"], arrays["others"])
        case "tifu_knn":
            shares = _restored_rows(SHARES, arrays)
            return FittedTifuKnn.of(TifuKnn(**options), shares, arrays["others"])
        case "by_tier":
            parts = restored_all(spec["parts"], arrays)
            return FittedByTier(parts.pop(""), parts)
        case kind if kind in NETWORKS:
            network: Fitted = restored_network(NETWORKS[kind], options, arrays)
            return network
    raise KeyError(spec["kind"])


def kept_all(fitted: Mapping[str, Fitted]) -> tuple[Spec, Arrays]:
    """The same for several by name; those of a class that cannot be kept are left out."""
    arrays: Arrays = {}
    specs: Spec = {}
    for name, one in fitted.items():
        try:
            specs[name], mine = kept(one)
        except CannotKeep:
            continue
        arrays |= {f"{name}/{key}": value for key, value in mine.items()}
    return specs, arrays


def restored_all(
    specs: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    known: Mapping[str, Fitted] | None = None,
) -> dict[str, Fitted]:
    """Recommenders by name, those of `known` included: a blend finds its parts among them all.

    A blend that misses a part is left out.
    """
    found = dict(known or {})
    for name, spec in specs.items():
        if spec["kind"] != BLEND:
            found[name] = restored(spec, _of(name, arrays))
    for name, spec in specs.items():
        if spec["kind"] == BLEND and {*spec["parts"]} <= found.keys():
            weighings = {
                intent: Weighing(np.array(numbers[1:], dtype=np.float32), float(numbers[0]))
                for intent, numbers in spec["weighings"].items()
            }
            parts = {part: found[part] for part in spec["parts"]}
            facts = ItemFacts(rows=_of(name, arrays)["facts"])
            found[name] = FittedBlend(parts=parts, facts=facts, weighings=weighings)
    return found


def _of(name: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    mine = f"{name}/"
    return {key.removeprefix(mine): one for key, one in arrays.items() if key.startswith(mine)}


def _matrix(name: str, matrix: Floats | SparseRows) -> Arrays:
    if not isinstance(matrix, SparseRows):
        # half the bytes; three digits of a weight are more than a ranking can tell
        return {name: matrix.astype(np.float16)}
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
        f"{name}.shape": np.array(matrix.shape),
    }


def _restored_rows(name: str, arrays: Mapping[str, NDArray[Any]]) -> SparseRows:
    data, indices, indptr = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    height, width = arrays[f"{name}.shape"].tolist()
    return SparseRows(data, indices, indptr, (height, width))
