"""Customer lifetime value: BG/NBD for how often, Gamma-Gamma for how much."""

from django_clvrec.core.clv.bg_nbd import BgNbd, fit_bg_nbd
from django_clvrec.core.clv.gamma_gamma import GammaGamma, dependence, fit_gamma_gamma
from django_clvrec.core.clv.statistics import Statistics

__all__ = [
    "BgNbd",
    "GammaGamma",
    "Statistics",
    "dependence",
    "fit_bg_nbd",
    "fit_gamma_gamma",
]
