"""Deep Q-learning: recommend what is worth most in the long run, not what is bought next.

After Zheng, Zhang, Zheng, Xiang, Yuan, Xie & Li, “DRN: a deep reinforcement learning framework for
news recommendation”, WWW 2018. A shop's log cannot be asked what would have been, so the network
is trained offline, and is cautious about what was hardly ever done.
"""

from dataclasses import dataclass, field
from typing import Self

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.names import DQN
from django_clvrec.core.recommenders.networks import FittedNetwork
from django_clvrec.engines.deep.autoencoders import learnt_from, limits_of
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.needs import require_torch


@dataclass(frozen=True, kw_only=True)
class DeepQ:
    """Double deep Q-learning with a target network and a conservative penalty.

    A state is what a customer had bought by a moment, the tier, and when the last order was; an
    action is an item. Where lists that came into view are on record, moments are these, and what
    was clicked or bought is their reward; else they are orders, and the reward is what was paid.
    """

    name: str = DQN
    horizon_days: float = 90.0
    """Reward fades to 1/e in so many days; 0 looks at what comes at once only."""
    caution: float = 10.0
    """What the penalty on items that were hardly ever bought in such a state counts, in rewards."""
    click: float = 0.1
    """What a click is worth, in mean purchases."""
    half_life_days: float = 40.0
    widths: tuple[int, ...] = (128,)
    epochs: int = 10
    learning_rate: float = 1e-3
    seed: int = 1
    budget: Budget = field(default_factory=Budget, metadata={"is_kept": False})

    learns_from_values = True
    learns_from_feedback = True

    def fit(self, histories: Histories) -> FittedNetwork:
        require_torch()
        from django_clvrec.engines.deep.looking_ahead import fit_q

        return fit_q(self, learnt_from(histories, self.budget))

    def variants(self) -> tuple[Self, ...]:
        return (self,)

    def limits(self, histories: Histories) -> str:
        return limits_of(histories, self.budget)
