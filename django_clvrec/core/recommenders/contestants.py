"""Who competes: every recommender by its name, the simplest first."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.base import Recommender
from django_clvrec.core.recommenders.by_tier import ByTier
from django_clvrec.core.recommenders.ease import Ease
from django_clvrec.core.recommenders.implicit_als import Als
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.names import NAMES, POPULAR
from django_clvrec.core.recommenders.personal import Personal
from django_clvrec.core.recommenders.popular import Popular
from django_clvrec.core.recommenders.tifu_knn import TifuKnn


def contestants(
    *,
    popularity_days: float,
    als: AlsParameters | None,
    min_tier_customers: int,
    names: Collection[str] = NAMES,
) -> dict[str, Recommender]:
    """All recommenders but the blend, by name, the simplest first.

    With `als` given, those are its parameters; else they are searched.
    """
    factorisation = Als(parameters=als or AlsParameters(), is_fixed=als is not None)
    everyone: tuple[Recommender, ...] = (
        Popular(),
        Popular(days=popularity_days),
        ByTier(each=Popular(days=popularity_days), least=min_tier_customers),
        Personal(),
        ItemKnn(),
        TifuKnn(),
        Ease(),
        factorisation,
        ByTier(each=factorisation, least=min_tier_customers),
    )
    return {one.name: one for one in everyone if one.name in names}


def described(recommender: Recommender) -> dict[str, Any]:
    """Its parameters, as JSON can hold them, but for fields that say `is_kept` is False.

    Those come from settings each time.
    """
    known: Any = recommender
    if not is_dataclass(known) or isinstance(known, type):
        return {}
    found = asdict(known)
    return {one.name: found[one.name] for one in fields(known) if one.metadata.get("is_kept", True)}


def restored(
    name: str, parameters: Mapping[str, Any], own: Mapping[str, Recommender] | None = None
) -> Recommender:
    """The recommender that `described` told of; `own` are a shop's, by name."""
    if own and name in own:
        mine: Any = own[name]
        return replace(mine, **parameters) if parameters else own[name]
    kind, is_by_tier, _ = name.partition(":tier")
    if is_by_tier:
        return ByTier(each=restored(kind, parameters["each"]), least=parameters["least"])
    if kind == Als.name:
        known = AlsParameters(**parameters["parameters"])
        return Als(parameters=known, is_fixed=parameters["is_fixed"])
    found: Recommender = KINDS[kind.partition(":")[0]](**parameters)
    return found


KINDS: dict[str, Any] = {
    POPULAR: Popular,
    Personal.name: Personal,
    ItemKnn.name: ItemKnn,
    TifuKnn.name: TifuKnn,
    Ease.name: Ease,
}
