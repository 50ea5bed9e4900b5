"""Exploration for newcomers: Thompson sampling over popular candidates."""

from dataclasses import dataclass

import numpy as np

from django_clvrec.core.ranking import Floats, Ints

STRENGTH = 20.0
"""What the prior of an arm weighs, in shows."""
TILT = 0.25
"""How steeply the prior falls with the place in the order of popularity; 0 is not at all."""
SHARPNESS = 4.0
"""By how much posteriors are narrowed for exploration."""
FIRST_RATE = 0.05
"""Clicks per show of the most popular candidate, believed in until there is feedback."""
# STRENGTH, TILT and SHARPNESS are what missed the fewest clicks, or nearly, in shops like those of
# the tests; without the narrowing (1 instead of 4) ε-greedy does as well for thousands of lists
DRAWS = 200
"""Lists drawn for one estimate of propensities."""


def examined(rank: Ints | int) -> Floats:
    """Share of customers who look at the place `rank`, from 1: 1 / log₂(1 + rank).

    This is the discount of NDCG (Järvelin & Kekäläinen, 2002), taken as examination probability of
    the position-based model (Craswell et al., 2008), in which a click needs a look and a liking.
    """
    return np.asarray(1 / np.log2(1 + np.asarray(rank)))


@dataclass(frozen=True, kw_only=True)
class Arms:
    """What is known of each candidate; candidates are in order of popularity, best first."""

    shown: Floats
    """Shows, each counted as `examined` at its rank, so a show that few saw weighs little."""
    clicked: Floats
    """Clicks, each counted as 1."""
    strength: float = STRENGTH
    tilt: float = TILT
    sharpness: float = SHARPNESS

    def __len__(self) -> int:
        return len(self.shown)

    def prior(self) -> tuple[Floats, Floats]:
        """Parameters of each candidate's Beta prior, which weigh `strength` shows together.

        Empirical Bayes: the mean of the candidate at place i, from 1, is r · i^-tilt, where r
        makes the clicks expected of all shows those that were counted. `strength` shows of the
        first candidate at FIRST_RATE are added, so r is known before there is feedback.
        """
        slope = np.arange(1, len(self) + 1, dtype=np.float64) ** -self.tilt
        clicks = self.clicked.sum() + self.strength * FIRST_RATE
        rate = clicks / ((self.shown * slope).sum() + self.strength)
        means = (rate * slope).clip(1e-4, 0.5)
        return self.strength * means, self.strength * (1 - means)

    def posterior(self) -> tuple[Floats, Floats]:
        """Parameters of each candidate's Beta posterior.

        Clicks can outnumber examined shows at low places; they then count as so many shows.
        """
        a, b = self.prior()
        return a + self.clicked, b + (self.shown - self.clicked).clip(min=0)

    def means(self) -> Floats:
        """Clicks per examined show that are expected of each candidate."""
        a, b = self.posterior()
        return np.asarray(a / (a + b))

    def samples(self, draws: int, rng: np.random.Generator) -> Floats:
        """Thompson samples of click rates: draws × candidates.

        Both parameters are multiplied by `sharpness`, which keeps the mean and narrows the rest
        (Chapelle & Li, 2011, section 3): a list has several slots to explore with.
        """
        a, b = self.posterior()
        return rng.beta(a * self.sharpness, b * self.sharpness, size=(draws, len(self)))


def learned(arms: Arms) -> Ints:
    """All positions by expected click rate, best first: popularity as feedback corrects it.

    Without feedback this is the order of popularity, which also decides ties.
    """
    return np.argsort(-arms.means(), kind="stable")


def counted(size: int, places: Ints, ranks: Ints, clicked: Floats) -> Arms:
    """The arms of `size` candidates from events: which was shown, at which rank, 1 if clicked."""
    return Arms(
        shown=np.bincount(places, examined(ranks), minlength=size).astype(np.float64),
        clicked=np.bincount(places, clicked, minlength=size).astype(np.float64),
    )


def choose(
    arms: Arms, n: int, share: float, rng: np.random.Generator, *, order: Ints | None = None
) -> Ints:
    """Positions of the candidates to show, best first: `n`, or all where there are fewer.

    Each slot is taken, with probability `share`, from a ranking by one Thompson sample (Thompson,
    1933; Chapelle & Li, 2011), else from `order`: all positions, best first, by popularity where
    it is not given. What is listed already is passed over. So 0 is the order itself and 1 is
    Thompson sampling. With a small share choose the `learned` order, or most slots never learn.
    """
    explores = rng.random(min(n, len(arms))) < share
    sampled = iter(np.argsort(-arms.samples(1, rng)[0], kind="stable").tolist())
    ordered = iter(range(len(arms)) if order is None else order.tolist())
    listed: dict[int, None] = {}
    for is_sampled in explores.tolist():
        source = sampled if is_sampled else ordered
        listed[next(place for place in source if place not in listed)] = None
    return np.array(list(listed), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Propensities:
    """How probable it was to show what was shown, each an array over the shown list."""

    listed: Floats
    """Probability that the item is somewhere in the list."""
    placed: Floats
    """Probability that the item is at this very slot."""


def propensities(
    arms: Arms,
    positions: Ints,
    n: int,
    share: float,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    order: Ints | None = None,
) -> Propensities:
    """Of the list `positions`, which `choose` gave for the same arms, `n`, `share` and `order`.

    See `slots` for how they are estimated; use it where many lists come of the same arms.
    """
    placed = slots(arms, n, share, rng, draws=draws, order=order)[positions]
    return Propensities(listed=placed.sum(axis=1).clip(max=1), placed=placed.diagonal())


def slots(
    arms: Arms,
    n: int,
    share: float,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    order: Ints | None = None,
) -> Floats:
    """Probabilities that `choose` puts a candidate at a slot: candidates × slots.

    Monte Carlo over `draws` lists; whether a slot explores is not drawn for its own probability but
    weighed by `share` (Rao–Blackwell). One list more counts in which a slot that explores takes any
    candidate, so what can be shown never has probability 0; with `share` 0, only the beginning of
    the order can. A standard error is at most √(p(1 - p) / draws): small ones are rough. The sum
    over slots is the probability to be listed, and can exceed 1 by such an error.
    """
    size, n = len(arms), min(n, len(arms))
    order = np.arange(size) if order is None else order
    samples = arms.samples(draws, rng)
    explores = rng.random((n, draws)) < share
    is_left = np.full((draws, size), True)
    rows = np.arange(draws)
    found = np.full((size, n), share / max(1, size))
    found[order[:n], np.arange(n)] += 1 - share
    for slot in range(n):
        best, first = samples.argmax(axis=1), order[is_left[:, order].argmax(axis=1)]
        found[:, slot] += share * np.bincount(best, minlength=size)
        found[:, slot] += (1 - share) * np.bincount(first, minlength=size)
        taken = np.where(explores[slot], best, first)
        is_left[rows, taken] = False
        samples[rows, taken] = -1
    return found / (draws + 1)
