"""Quantiles and tails of the distributions that reports need, without SciPy.

Reports are read on web servers, which need not have it; tests hold each function to SciPy's.
"""

from math import erfc, exp, isnan, lgamma, log, log1p, nan, pi, sqrt
from statistics import NormalDist

SMALLEST = 1e-300
"""In place of a denominator of 0, as Lentz has it."""
STEPS = 100_000
ENOUGH = 1e-15


def normal_quantile(probability: float) -> float:
    """Of the standard normal distribution; `probability` is above 0 and below 1."""
    return NormalDist().inv_cdf(probability)


def chi_squared_tail(x: float, freedom: int) -> float:
    """How probable a value of at least `x` is.

    From that with one or two degrees of freedom less: Q(a + 1, y) = Q(a, y) + yᵃe⁻ʸ / Γ(a + 1).
    """
    y = x / 2
    if y <= 0:
        return 1.0
    a, found = (0.5, erfc(sqrt(y))) if freedom % 2 else (1.0, exp(-y))
    while 2 * a < freedom:
        found += exp(a * log(y) - y - lgamma(a + 1))
        a += 1
    return min(found, 1.0)


def student_tails(t: float, freedom: float) -> float:
    """How probable a value as far from 0 as `t` is, on either side; NaN without any freedom."""
    if not freedom > 0 or isnan(t):
        return nan
    return _beta(freedom / 2, t * t, freedom)


def student_quantile(probability: float, freedom: float) -> float:
    """`probability` is at least 0.5; NaN without any degree of freedom.

    By Newton's method from the normal quantile, which is never higher: the distribution bends
    downwards there, so that each step comes nearer and none goes too far.
    """
    if not freedom > 0:
        return nan
    t = normal_quantile(probability)
    scale = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(pi * freedom) / 2
    for _ in range(100):
        density = exp(scale - (freedom + 1) / 2 * log1p(t * t / freedom))
        step = (student_tails(t, freedom) / 2 - (1 - probability)) / density
        t += step
        if abs(step) <= 1e-13 * max(1.0, t):
            break
    return t


def _beta(a: float, square: float, freedom: float) -> float:
    """The regularised incomplete beta function I(a, ½) at freedom / (freedom + square)."""
    x, rest = freedom / (freedom + square), square / (freedom + square)
    if rest == 0.0:  # a square may be too small to be told from nothing
        return 1.0
    if rest == 1.0:
        return 0.0
    # near 1 a logarithm loses what `rest` still has
    log_x = -log1p(square / freedom)
    front = exp(lgamma(a + 0.5) - lgamma(a) - lgamma(0.5) + a * log_x + 0.5 * log(rest))
    if x < (a + 1) / (a + 2.5):
        return front * _fraction(a, 0.5, x) / a
    return 1 - front * _fraction(0.5, a, rest) / 0.5


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), as Lentz sums it."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + term * d) or SMALLEST)
            c = (1 + term / c) or SMALLEST
            found *= c * d
        if abs(c * d - 1) < ENOUGH:
            break
    return found
