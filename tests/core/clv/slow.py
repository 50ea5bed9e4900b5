"""BG/NBD once more, simple and slow: one customer at a time, by integration over what is unknown.

Of a customer with rate λ and probability p to stop after a repeat order, the history (x, t_x, T)
has the likelihood (1 - p)^x λ^x e^{-λT} + p (1 - p)^{x-1} λ^x e^{-λ t_x}: still a customer, or
stopped after the last order. Everything else follows by weighing λ and p.
"""

import math
from itertools import pairwise

import numpy as np
from scipy import integrate, special


def parts(model, x, t_x, T):
    """The likelihood of a history where the customer is alive, and where not."""
    alive = rate_part(model, x, T) * stop_part(model, x, 0)
    gone = rate_part(model, x, t_x) * stop_part(model, x - 1, 1) if x else 0.0
    return alive, gone


def rate_part(model, x, time):
    """∫ λ^x e^{-λ time} Gamma(λ; r, alpha) dλ."""
    r, alpha = model.r, model.alpha

    def density(rate):
        log = (r + x - 1) * math.log(rate) - (alpha + time) * rate + r * math.log(alpha)
        return math.exp(log - math.lgamma(r))

    peak = (r + x) / (alpha + time)
    pieces = (0, peak / 100, peak, 4 * peak, 60 * peak)
    return sum(
        integrate.quad(density, low, high, epsabs=0, epsrel=1e-11, limit=200)[0]
        for low, high in pairwise(pieces)
    )


def stop_part(model, kept, stopped):
    """E[(1 - p)^kept p^stopped] of a Beta(a, b), factor by factor."""
    value = 1.0
    for step in range(stopped):
        value *= (model.a + step) / (model.a + model.b + step)
    for step in range(kept):
        value *= (model.b + step) / (model.a + model.b + stopped + step)
    return value


def log_likelihood(model, x, t_x, T):
    return math.log(sum(parts(model, x, t_x, T)))


def p_alive(model, x, t_x, T):
    alive, gone = parts(model, x, t_x, T)
    return alive / (alive + gone)


def expected_orders(model, x, t_x, T, days):
    """By the closed form of Fader, Hardie and Lee (2005), equation 10."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    share = special.hyp2f1(r + x, b + x, a + b + x - 1, days / (alpha + T + days))
    fall = ((alpha + T) / (alpha + T + days)) ** (r + x)
    if_alive = (a + b + x - 1) / (a - 1) * (1 - fall * share)
    return if_alive * p_alive(model, x, t_x, T)


def simulated_revenue(buying, spending, known, days, rng, *, times=200_000):
    """What one customer spends in `days`, many times over."""
    x, t_x, T, orders, mean = known
    alive = rng.random(times) < p_alive(buying, x, t_x, T)
    rate = rng.gamma(buying.r + x, 1 / (buying.alpha + T), times)
    stops = rng.beta(buying.a, buying.b + x, times)
    count = np.minimum(rng.poisson(rate * days), rng.geometric(stops)) * alive
    scale = rng.gamma(spending.q + spending.p * orders, 1, times) / (spending.v + orders * mean)
    return np.where(count > 0, rng.gamma(np.maximum(spending.p * count, 1e-9)) / scale, 0.0)
