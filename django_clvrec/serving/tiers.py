"""The tier of a customer at this moment, and what a shop tells after a checkout."""

from django_clvrec.core.tiers import NEW
from django_clvrec.models import CustomerScore
from django_clvrec.policy import key_of
from django_clvrec.pseudonyms import stored_key
from django_clvrec.replica import read_database
from django_clvrec.serving.stored import NO_SNAPSHOT, live_of
from django_clvrec.serving.visit import forget_purchases, visit_of
from django_clvrec.sources import get_source


def tier_of(customer_key: str | None, source: str | None = None) -> str:
    """By the live snapshot's cut points, from the customer's orders and the days that passed.

    `new` for everyone of whom nothing is known, and until the first refresh.
    """
    shop, customer_key = get_source(source), key_of(customer_key)
    if not customer_key:
        return NEW
    visit, _ = visit_of(shop, customer_key)
    if visit.live.snapshot_id == NO_SNAPSHOT or visit.standing.stays_out:
        return NEW
    return visit.tier


def segment_of(customer_key: str | None, source: str | None = None) -> str:
    """The segment of a customer in the live snapshot; empty where none is known. One query."""
    name, customer_key = get_source(source).name, key_of(customer_key)
    if not customer_key:
        return ""
    rows = CustomerScore.objects.using(read_database()).live(name)
    rows = rows.filter(customer_key=stored_key(customer_key))
    return rows.values_list("segment", flat=True).first() or ""


def customer_bought(
    customer_key: str, source: str | None = None, *, is_personalised: bool = True
) -> str:
    """Tell that a customer has bought or was paid back; the tier by now, whose change is noted.

    Without it, the next visit finds out, as soon as what is cached is CACHE_SECONDS old. Call it
    when the order is committed: `transaction.on_commit(lambda: customer_bought(key))`.
    """
    forget_purchases(live_of(get_source(source).name), stored_key(customer_key))
    return tier_of(customer_key if is_personalised else None, source)
