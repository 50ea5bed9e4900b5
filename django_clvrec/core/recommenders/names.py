"""What recommenders are called, for settings and pages that fit none."""

POPULAR = "popular"
ALS, ALS_BY_TIER = "als", "als:tier"
BLEND = "blend"
NAMES = (
    POPULAR,
    "popular:recent",
    "popular:recent:tier",
    "personal",
    "item_knn",
    "tifu_knn",
    "ease",
    ALS,
    ALS_BY_TIER,
    BLEND,
)
"""From the simplest to the least simple: on a tie the simpler one is served."""
PARTS = ("personal", "tifu_knn", "item_knn", "ease", ALS)
"""Whose scores are blended."""
AUTO = "auto"
"""In place of a name: whoever does best."""
