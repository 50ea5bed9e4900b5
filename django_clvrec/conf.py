"""The one setting, CLVREC: defaults and a lazy reader. Whether it is right, `checks` judges."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

DEFAULTS: dict[str, Any] = {
    "ENGINE": "spark",
    "SPARK": {},
    "LOCAL": {},
    "RECOMMENDER": "auto",
    "CONTESTANTS": [],
    "DEEP": {},
    "BACKTEST_CUSTOMERS": 20_000,
    "SEARCH_DAYS": 7,
    "QUALITY_GATE": {"customers": 0.5, "lists": 0.5, "coverage": 0.5, "ndcg": 0.8},
    "POLICY": "django_clvrec.policy.Policy",
    "CLUSTERS": "elbow",
    "TIERS": {"low": 0, "mid": 4, "high": 6},
    "MIN_ORDERS": 2,
    "SEGMENTS": None,
    "CLV_DAYS": 365,
    "CLV_DISCOUNT": 0.1,
    "WEBHOOK": None,
    "FEEDBACK": "implicit",
    "RATING_RANGE": (1, 5),
    "ALS": {},
    "MIN_TIER_CUSTOMERS": 50,
    "MIN_BUYERS": 5,
    "POPULARITY_DAYS": 28,
    "WEIGHT_CAPS": {"per_day": 1, "in_all": 100},
    "QUARANTINE": {"days": 7, "buyers": 5, "share": 0.5, "chance": 0.001},
    "LIST_LENGTH": 50,
    "REST_DAYS": 1,
    "MOST_PER_CATEGORY": None,
    "RULES": [],
    "KEEP_SNAPSHOTS": 3,
    "WORK_DIR": None,
    "LOG_DIR": None,
    "LOG_WINDOW_DAYS": 30,
    "CACHE_SECONDS": 0,
    "CACHE_ALIAS": "default",
    "SERVING_SECONDS": 2.0,
    "READ_DATABASE": None,
    "FEEDBACK_DAYS": 180,
    "HISTORY_DAYS": 730,
    "TOKEN_HOURS": 24,
    "LISTS_PER_DAY": 500,
    "ATTRIBUTION_DAYS": 7,
    "ATTRIBUTION": "clicked",
    "EXPLORATION": {"new": 0.1},
    "FRESH_HOURS": 36,
    "DRIFT": {"psi": 0.25, "coverage": 0.5},
    "METRICS": None,
    "PSEUDONYM_KEY": None,
}
"""
`ENGINE` – "spark", "local" (one process, no Java), or the dotted path of an engine class;
    docs/how-to/scale.md.
`SPARK` – which Spark, and how: `{"master": "local[*]", "config": {"spark.driver.memory": "4g"}}`;
    docs/how-to/scale.md.
`LOCAL` – of the engine "local": `{"threads": 4}`; default: one for each core.
`RECOMMENDER` – "auto" (what a backtest of the shop's own orders chooses), the name of a
    recommender, or a dict of either by tier; docs/how-to/recommenders.md.
`CONTESTANTS` – who competes besides: names of recommenders that are trained with PyTorch, and
    dotted paths of your own; docs/how-to/recommenders.md.
`DEEP` – what one training with PyTorch may take: `{"seconds": 600, "memory_mb": 4096, "customers":
    50000, "device": "auto"}`; docs/how-to/deep.md.
`BACKTEST_CUSTOMERS` – on a larger shop, a sample of so many takes part in backtests.
`SEARCH_DAYS` – how long the parameters that a backtest found are used before it searches again.
`QUALITY_GATE` – the least that a new snapshot has to reach of the live one, by what is measured;
    one that falls below is held back. An empty dict lets everything pass;
    docs/how-to/back-office.md.
`POLICY` – dotted path of the class that knows who a request's customer is and who may look;
    docs/how-to/shop-window.md.
`CLUSTERS` – "elbow", a number, or a dict of either by dimension.
`TIERS` – the lowest overall score of each tier.
`MIN_ORDERS` – customers with fewer orders are `new` and see what is popular;
    docs/explanation/method.md.
`SEGMENTS` – rules that name segments, as admins keep them too; None: those that are built in;
    docs/how-to/customers.md.
`CLV_DAYS` – how far ahead customer lifetime values look.
`CLV_DISCOUNT` – what money loses in a year of waiting, such as 0.1; 0 discounts nothing.
`WEBHOOK` – `{"url": "https://…", "secret": "…", "events": ["tier_changed", "segment_changed"]}`:
    where it is told who has moved; None: nowhere; docs/how-to/movement.md.
`FEEDBACK` – "implicit" (how often something was bought) or "explicit" (ratings);
    docs/how-to/ratings.md.
`RATING_RANGE` – the lowest and the highest rating a customer can give.
`ALS` – `factors, iterations, regularization, alpha, seed`, or a dict of these by level;
    docs/how-to/levels.md.
`MIN_TIER_CUSTOMERS` – a tier with fewer customers to learn from is served by the global model.
`MIN_BUYERS` – an item with fewer buyers is not recommended.
`POPULARITY_DAYS` – what is popular was bought in so many days before the last purchase.
`WEIGHT_CAPS` – how many orders of one item by one customer are learnt from, in a day and in all; an
    empty dict: any number; docs/how-to/poisoning.md.
`QUARANTINE` – when purchases of an item are a burst of newcomers that is not learnt from until
    somebody lets it count; None: whatever is paid counts; docs/how-to/poisoning.md.
`LIST_LENGTH` – items stored per list, and the most that `n` can ask for.
`REST_DAYS` – what was bought is not shown again for so many days, whatever the list is for;
    docs/how-to/shop-window.md.
`MOST_PER_CATEGORY` – so many items of one category in a list, unless it would be short; None: any.
`RULES` – dicts that boost, pin or hide items, as admins keep them too; docs/how-to/shop-window.md.
`KEEP_SNAPSHOTS` – finished snapshots kept for roll-back, the live one included.
`WORK_DIR` – where purchase logs are written meanwhile; default: the system's temporary folder.
`LOG_DIR` – where the last purchase log is kept, so that a refresh reads only recent lines;
    docs/how-to/incremental.md.
`LOG_WINDOW_DAYS` – with LOG_DIR, lines of so many days before the last `as_of` are read anew.
`CACHE_SECONDS` – how old answers and the shop's objects in them may be; 0 caches nothing;
    docs/how-to/production.md.
`CACHE_ALIAS` – which of Django's CACHES holds them.
`SERVING_SECONDS` – an answer waits so long for the database, then something else is shown; None:
    without end; docs/how-to/production.md.
`READ_DATABASE` – an alias in DATABASES, such as a replica's, that visitors are answered from; None:
    what the shop's routers say; docs/how-to/databases.md.
`FEEDBACK_DAYS` – how long it is kept what was shown, clicked and bought; docs/how-to/feedback.md.
`HISTORY_DAYS` – how long changes of tier and segment are kept, and errors of failed refreshes;
    docs/how-to/privacy.md.
`TOKEN_HOURS` – how long after a page was rendered its lists can be reported.
`LISTS_PER_DAY` – the most lists of one visitor that are stored in 24 hours.
`ATTRIBUTION_DAYS` – a purchase is put down to what was clicked so many days before it.
`ATTRIBUTION` – "clicked", or "shown": where nothing was clicked, to what was shown.
`EXPLORATION` – by tier, the share of slots of popular lists that try items out and learn from what
    is clicked, once feedback is recorded; docs/how-to/newcomers.md.
`FRESH_HOURS` – `health/fresh/` complains of a live snapshot that is older;
    docs/how-to/monitoring.md.
`DRIFT` – how far a new snapshot may be from the live one before there is an alarm: `psi` from
    above, `coverage` and `overlap` of lists from below; with `"hold": True` it is held back too.
    An empty dict gives no alarm; docs/how-to/monitoring.md.
`METRICS` – None, or a dict that turns Prometheus metrics on: `{"token": "…"}` for who sends it,
    `{}` for who may inspect; docs/how-to/monitoring.md.
`PSEUDONYM_KEY` – a secret of 32 characters or more: customers' keys are stored as a keyed hash.
    Lost or changed, all that is stored is of nobody until the next refresh, which reads all lines
    anew; docs/how-to/pseudonyms.md.
"""

RATES: dict[str, str | None] = {
    "clvrec_lists": None,
    "clvrec_interests": None,
    "clvrec_related": None,
    "clvrec_shelf": None,
    "clvrec_events": None,
    "clvrec_staff": "600/min",
}
"""Every scope of DEFAULT_THROTTLE_RATES in REST_FRAMEWORK, and its rate where the shop sets none.

Visitors have none: who is not signed in is told apart by address, which many of them share, and
behind a proxy that REST_FRAMEWORK["NUM_PROXIES"] does not know all of them.
"""


@cache
def get_config() -> dict[str, Any]:
    """CLVREC with its defaults filled in."""
    return DEFAULTS | getattr(settings, "CLVREC", {})


def asked_recommenders() -> list[Any]:
    """What CONTESTANTS and RECOMMENDER name, in any order; whatever they hold."""
    config = get_config()
    setting = config["RECOMMENDER"]
    pinned = setting.values() if isinstance(setting, Mapping) else [setting]
    return [*config["CONTESTANTS"], *pinned]


def own_names() -> list[str]:
    """Of the shop's own recommenders; a path that leads nowhere raises what importing it does."""
    asked = get_config()["CONTESTANTS"]
    return [import_string(path)().name for path in asked if "." in path]


@cache
def load_class(setting: str) -> Any:
    """The class named by the dotted path in a setting."""
    return import_string(get_config()[setting])


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "CLVREC":
        get_config.cache_clear()
        load_class.cache_clear()


setting_changed.connect(_forget, dispatch_uid="clvrec.conf")
