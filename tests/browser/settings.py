"""The example shop as the browser visits it: quick to train, and under a strict policy."""

from example_shop.settings import *  # noqa: F403
from example_shop.settings import CLVREC, MIDDLEWARE

MIDDLEWARE = [
    "tests.browser.policy.StrictPolicy",
    *MIDDLEWARE,
    "django.middleware.locale.LocaleMiddleware",
]
CLVREC = CLVREC | {
    "ENGINE": "local",
    # a backtest of each takes longest; these are of three kinds
    "RECOMMENDER": {"new": "popular", "low": "auto", "mid": "auto", "high": "auto"},
}
CLVREC |= {"BACKTEST_CUSTOMERS": 100}
