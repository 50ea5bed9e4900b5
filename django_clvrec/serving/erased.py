"""What caches know of erased customers, away at once for all who share them."""

from collections.abc import Sequence

from django_clvrec.cache import erased_fact, forget, live_fact, remember
from django_clvrec.core.ranking import INTENTS
from django_clvrec.pseudonyms import StoredKey
from django_clvrec.serving.stored import facts_of_customer, lives_of
from django_clvrec.serving.visit import lines_fact, recent_fact
from django_clvrec.sources import registered

LATE_SECONDS = 600
"""No request lasts longer: who read before the erasure has put back by then what they read."""


def forget_customers(source: str, customer_keys: Sequence[StoredKey]) -> None:
    """Drop what is cached of customers; to be called when their erasure is committed.

    A request that read before the erasure may write its facts back after this. They are not used:
    a fact that lives longer than they do says that the customer was erased.
    """
    remember({erased_fact(source, key): True for key in customer_keys}, longer=LATE_SECONDS)
    shop = registered().get(source)
    levels = shop.levels if shop else ()
    lives = lives_of(source)
    for key in customer_keys:
        facts = [lines_fact(source, key)]
        for live in lives:
            facts += [*facts_of_customer(live, key, levels, INTENTS), recent_fact(live, key)]
        forget(*facts)
    # it tells how often customers were erased, and so whether arrays are to be read again
    forget(live_fact(source))
