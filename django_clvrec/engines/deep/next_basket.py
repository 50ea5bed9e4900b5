"""What a shop logs is a sequence of baskets: who looks back at the last ones tells the next."""

from dataclasses import dataclass, field, replace
from typing import Self

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.attention import FittedNextBasket
from django_clvrec.core.recommenders.names import NEXT_BASKET
from django_clvrec.engines.deep.autoencoders import learnt_from, limits_of
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.needs import require_torch


@dataclass(frozen=True, kw_only=True)
class NextBasket:
    """A small network of self-attention over a customer's last baskets.

    After Kang & McAuley, “Self-attentive sequential recommendation”, ICDM 2018, with baskets in
    place of items, and with the time that has passed since each, as in Li, Wang & McAuley, “Time
    interval aware self-attention for sequential recommendation”, WSDM 2020.
    """

    name: str = NEXT_BASKET
    baskets: int = 40
    """How many are looked at, the latest."""
    width: int = 64
    """Numbers that stand for an item, or a basket."""
    heads: int = 2
    blocks: int = 1
    half_life_days: float = 80.0
    """An order that an item was in counts half after so many days, for all that was bought."""
    window_days: float | None = None
    """New items are looked for in so many days after a moment; None: in all that followed. What
    was bought before is looked for in the next basket."""
    dropout: float = 0.5
    """Share of the items, and of what is made of them, that is left out at random."""
    learning_rate: float = 1e-3
    seed: int = 1
    budget: Budget = field(default_factory=Budget, metadata={"is_kept": False})

    def fit(self, histories: Histories) -> FittedNextBasket:
        require_torch()
        from django_clvrec.engines.deep.attending import fit_next_basket

        return fit_next_basket(self, learnt_from(histories, self.budget))

    def variants(self) -> tuple[Self, ...]:
        return tuple(replace(self, window_days=days) for days in (None, 70.0))

    def limits(self, histories: Histories) -> str:
        return limits_of(histories, self.budget)
