"""Who competes of those that are trained with PyTorch."""

from collections.abc import Collection

from django_clvrec.core.recommenders.base import Recommender
from django_clvrec.core.recommenders.names import AUTOENCODERS, DQN, NEXT_BASKET
from django_clvrec.engines.deep.autoencoders import Autoencoder
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.next_basket import NextBasket
from django_clvrec.engines.deep.q_learning import DeepQ


def deep_recommenders(names: Collection[str], budget: Budget) -> dict[str, Recommender]:
    """Those of `names`, the simplest first."""
    everyone: dict[str, Recommender] = {
        **{name: Autoencoder(name=name, budget=budget) for name in AUTOENCODERS},
        NEXT_BASKET: NextBasket(budget=budget),
        DQN: DeepQ(budget=budget),
    }
    return {name: one for name, one in everyone.items() if name in names}
