"""Autoencoders: what a customer bought, pressed through few numbers, tells what will be bought.

What is taken from a history before it is to be found again are not only single purchases, as in
denoising autoencoders, but mostly all that came after a moment: lists are for what comes next.
"""

from dataclasses import dataclass, field, replace
from typing import Self

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.names import DAE, DEEP_DAE, MULT_VAE
from django_clvrec.core.recommenders.networks import FittedNetwork
from django_clvrec.core.sampling import spread
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.needs import require_torch

MOST_ITEMS = 10_000
"""More items are left out: memory and time grow with them."""
WIDTHS = {DAE: (128,), DEEP_DAE: (256, 64, 256), MULT_VAE: (256, 64, 256)}
"""Of the layers between inputs and outputs."""


@dataclass(frozen=True, kw_only=True)
class Autoencoder:
    """A shallow or a deep denoising autoencoder, or a variational one (Mult-VAE).

    Wu, DuBois, Zheng & Ester, “Collaborative denoising auto-encoders for top-N recommender
    systems”, WSDM 2016; Liang, Krishnan, Hoffman & Jebara, “Variational autoencoders for
    collaborative filtering”, WWW 2018, whose multinomial likelihood all three have.
    """

    name: str = DAE
    """Which of the three, and what it is called."""
    half_life_days: float = 40.0
    """A second input counts an order half after so many days."""
    window_days: float | None = None
    """What comes after a moment is looked for in so many days; None: in all that followed."""
    dropout: float = 0.5
    """Share of the inputs that are left out at random."""
    learning_rate: float = 1e-3
    seed: int = 1
    budget: Budget = field(default_factory=Budget, metadata={"is_kept": False})

    def fit(self, histories: Histories) -> FittedNetwork:
        require_torch()
        from django_clvrec.engines.deep.denoising import fit_autoencoder

        return fit_autoencoder(self, learnt_from(histories, self.budget))

    def variants(self) -> tuple[Self, ...]:
        return tuple(replace(self, window_days=days) for days in (None, 70.0))

    def limits(self, histories: Histories) -> str:
        return limits_of(histories, self.budget)


def learnt_from(histories: Histories, budget: Budget) -> Histories:
    """As many customers as the budget has room for, the same ones every time."""
    return histories.take(spread(len(histories), budget.customers))


def limits_of(histories: Histories, budget: Budget) -> str:
    """What recommenders of this kind leave out of a large shop."""
    found = []
    if histories.size > MOST_ITEMS:
        found.append(f"the {MOST_ITEMS:,} most bought of {histories.size:,} items")
    if len(histories) > budget.customers:
        found.append(f"learns from {budget.customers:,} of {len(histories):,} customers")
    return "; ".join(found)
