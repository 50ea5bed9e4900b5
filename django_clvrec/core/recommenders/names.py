"""What recommenders are called, for settings and pages that fit none."""

from collections.abc import Iterable

POPULAR = "popular"
POPULARITIES = (POPULAR, "popular:recent", "popular:recent:tier")
ALS, ALS_BY_TIER = "als", "als:tier"
BLEND = "blend"
NAMES = (
    *POPULARITIES,
    "personal",
    "item_knn",
    "tifu_knn",
    "ease",
    ALS,
    ALS_BY_TIER,
    BLEND,
)
"""From the simplest to the least simple: on a tie the simpler one is served."""


DAE, DEEP_DAE, MULT_VAE = "dae", "deep_dae", "mult_vae"
AUTOENCODERS = (DAE, DEEP_DAE, MULT_VAE)
NEXT_BASKET, DQN = "next_basket", "dqn"
DEEP = (*AUTOENCODERS, NEXT_BASKET, DQN)
"""Those that are trained with PyTorch, which compete where a shop asks for them."""


def with_own(own: Iterable[str]) -> tuple[str, ...]:
    """NAMES and those that a shop adds; the blend stays last."""
    return (*(name for name in NAMES if name != BLEND), *own, BLEND)


PARTS = ("personal", "tifu_knn", "item_knn", "ease", ALS)
"""Whose scores are blended."""
AUTO = "auto"
"""In place of a name: whoever does best."""
