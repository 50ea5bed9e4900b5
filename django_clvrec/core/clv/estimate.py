"""What both models have in common: positive parameters with intervals."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from scipy.special import ndtri

from django_clvrec.core.clv.statistics import Floats


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Fitted parameters, the fields that `names` lists, and how sure they are."""

    names: ClassVar[tuple[str, ...]]

    log_likelihood: float
    customers: int
    covariance: Floats
    """Of the logarithms of the parameters; zero for those that are not told."""
    untold: tuple[str, ...] = ()
    """Parameters that these orders do not tell from zero, from infinity or from each other."""

    @property
    def parameters(self) -> Floats:
        return np.array([getattr(self, name) for name in self.names])

    def interval(self, name: str, level: float = 0.9) -> tuple[float, float] | None:
        """The interval of one parameter, by the Fisher information of its logarithm; None where
        these orders do not tell it."""
        if name in self.untold:
            return None
        place = self.names.index(name)
        log = np.log(self.parameters[place])
        reach = float(ndtri(0.5 + level / 2)) * self.covariance[place, place] ** 0.5
        return float(np.exp(log - reach)), float(np.exp(log + reach))

    def moved(self, logs: Floats) -> Self:
        """The same with other parameters, `logs` further on a logarithmic scale."""
        there = dict(zip(self.names, (self.parameters * np.exp(logs)).tolist(), strict=True))
        return replace(self, **there, log_likelihood=float("nan"))
