"""What a large shop's past leaves in the tables of the back office, by INSERT … SELECT.

`fill_all(1_000_000)` makes the shop and two snapshots between which some have moved, lists of both,
changes of tier and segment, explored items, and lists that were shown, clicked and bought from.
The same number gives the same rows.
"""

from collections import namedtuple
from operator import attrgetter

import numpy as np

from django_clvrec.arrays import factors_name, save_arrays
from django_clvrec.cells import cells_of, summed
from django_clvrec.core.segments import DEFAULT, rules_of
from django_clvrec.models import (
    CustomerScore,
    Experiment,
    MerchandisingRule,
    PopularItems,
    SegmentChange,
    SegmentTable,
    Snapshot,
    TierChange,
)
from tests.back_office_data import PRODUCTS, SOURCE, add_scores, fill, run, without_indexes
from tests.back_office_data import TABLES as CUSTOMERS
from tests.office.reports import FULL
from tests.shelf import AS_OF

EXPERIMENT, LONG_ONE = "narrow", "wider"
"""A third of the lists that were shown are of the first, the others of the second."""
BUYER = "a9f7e979-65d6-cf79-9a52-9102a973b8b9"
"""The customer with several hundred lines."""
VARIANTS = [{"name": "control", "weight": 1}, {"name": "other", "weight": 1}]
LISTS = """
INSERT INTO clvrec_recommendation (snapshot_id, customer_key, level, intent, model, items)
SELECT snapshot, customer_key, level, 'discover', 'blend', (
    SELECT jsonb_agg(jsonb_build_array('p' || 1 + (id + n * (snapshot + 7)) %% %(products)s, 0.5))
    FROM generate_series(1, 12) n)
FROM clvrec_customerscore, unnest(ARRAY['category', 'product']) level,
    unnest(ARRAY[%(before)s, %(after)s]) snapshot
WHERE snapshot_id = %(after)s AND (id - %(first)s) %% GREATEST(%(customers)s / 20000, 1) = 0
"""
MOVES = (
    """
INSERT INTO clvrec_tierchange
    (source, customer_key, from_tier, to_tier, cause, changed_at, snapshot_id)
SELECT %(source)s, md5('c' || 1 + n %% %(customers)s)::uuid,
    (ARRAY['new', 'low', 'mid', 'high'])[1 + n %% 4], (ARRAY['low', 'mid', 'high'])[1 + n %% 3],
    CASE WHEN n %% 3 = 0 THEN 'ageing' ELSE 'order' END,
    now() - make_interval(secs => (%(customers)s - n) * 20), %(after)s
FROM generate_series(1, %(customers)s) n
""",
    """
INSERT INTO clvrec_segmentchange
    (source, customer_key, from_segment, to_segment, changed_at, snapshot_id)
SELECT %(source)s, md5('c' || 1 + n %% %(customers)s)::uuid,
    (ARRAY['champions', 'loyal', 'new', ''])[1 + n %% 4],
    (ARRAY['at_risk', 'cant_lose', 'lost'])[1 + n %% 3],
    now() - make_interval(days => ((%(customers)s - n) * 30 / %(customers)s)::int), %(after)s
FROM generate_series(1, %(customers)s) n
""",
)
EXPLORED = """
INSERT INTO clvrec_banditarm (level, context, item_key, shown, clicked, updated_at)
SELECT CASE WHEN n %% 50 = 0 THEN 'category' ELSE 'product' END, 'context ' || n %% 20, 'p' || n,
    (hashint4(n) & 65535) / 16.0, (hashint4(n) & 65535) / 900.0, now()
FROM generate_series(1, %(arms)s) n
"""
SEEN = (
    """
INSERT INTO clvrec_shownlist (id, subject_key, is_customer, level, intent, answer_source,
    snapshot_id, tier, variant, context, items, shown_at, batch)
SELECT md5('l' || n)::uuid, md5('c' || (hashint4(n / 3) & 2147483647) %% (%(shown)s / 4))::uuid,
    true,
    (ARRAY['category', 'product'])[1 + n %% 2], 'discover',
    (ARRAY['stored', 'popular', 'fold_in'])[1 + n %% 3], %(after)s,
    (ARRAY['new', 'low', 'mid', 'high'])[1 + (hashint4(n / 3) & 3)],
    (ARRAY[%(experiment)s, %(long)s, %(long)s])[1 + (n / 3 + 1) %% 3]
        || ':' || (ARRAY['control', 'other'])[1 + (hashint4(n / 3) & 1)], '',
    '[["p1", null], ["p2", null], ["p3", null], ["p4", null]]',
    now() - make_interval(secs => (%(shown)s - n) * 8), md5('b' || n)::uuid
FROM generate_series(1, %(shown)s) n
""",
    """
INSERT INTO clvrec_feedback (list_id, item_key, kind, rank, at, value, batch)
SELECT id, 'p1', kind, 1, shown_at, CASE WHEN kind = 'bought' THEN 7.5 END, batch
FROM (SELECT *, row_number() OVER (ORDER BY id) n FROM clvrec_shownlist) seen
JOIN unnest(ARRAY['clicked', 'bought']) kind ON n %% 5 = 0 AND kind = 'clicked' OR n %% 40 = 0
""",
)
LATER = (
    "INSERT INTO corner_shop_order (id, customer_id, placed_at, is_paid)"
    " SELECT %(customers)s + n, md5('c1')::uuid, now() - make_interval(days => n), true"
    " FROM generate_series(1, 200) n",
    "INSERT INTO corner_shop_line (order_id, product_id, quantity, unit_price, is_refunded)"
    " SELECT one.id, 'p' || 1 + (one.id * n) %% 1999, 1, n, false"
    " FROM corner_shop_order one, generate_series(1, 2) n WHERE one.customer_id = md5('c1')::uuid",
)
TABLES = (
    *CUSTOMERS,
    *(
        f"clvrec_{name}"
        for name in (
            "snapshot", "recommendation", "tierchange", "segmentchange", "banditarm", "shownlist",
            "feedback",
        )
    ),
)  # fmt: skip


Past = namedtuple("Past", "before after")
"""Two snapshots, of which `after` is live."""


def fill_all(customers):
    """A shop of so many customers with all that its back office shows.

    As many changes of tier and of segment, a fifth as many items, and 3 lists shown to each 10.
    """
    before = Snapshot.objects.create(source=SOURCE, engine="made up", as_of=AS_OF, state="ready")
    with without_indexes(CustomerScore):
        add_scores(before, customers, moved=1)
        after = fill(customers)
    for one in (before, after):
        complete(one)
    values = {
        "before": before.pk, "after": after.pk, "source": SOURCE, "experiment": EXPERIMENT,
        "first": after.scores.earliest("customer_key").pk, "long": LONG_ONE,
        "customers": customers, "products": PRODUCTS,
        "arms": customers // 5, "shown": customers * 3 // 10,
    }  # fmt: skip
    with without_indexes(TierChange, SegmentChange):
        run(MOVES, **values)
    run((LISTS, EXPLORED, *SEEN, *LATER), **values)
    _learn(after)
    SegmentTable.objects.create(source=SOURCE, rules=[vars(rule) for rule in rules_of(DEFAULT)])
    MerchandisingRule.objects.create(name="more", level="product", action="boost", items=["p1"])
    for key in (EXPERIMENT, LONG_ONE):
        Experiment.objects.create(key=key, variants=VARIANTS, is_active=key == EXPERIMENT)
    return Past(before, after)


def complete(snapshot):
    """Its report with everything that pages draw."""
    cells = cells_of(snapshot.report)
    sizes = {
        f"{by}s": {name: sums.customers for name, sums in summed(cells, attrgetter(by)).items()}
        for by in ("tier", "segment")
    }
    kept = {name: snapshot.report[name] for name in ("customers", "cells")}
    snapshot.report = FULL | sizes | kept
    snapshot.save()


def _learn(snapshot):
    """What lists are made from between refreshes."""
    keys = [f"p{number}" for number in range(1, PRODUCTS + 1)]
    items = [[key, 0.5] for key in keys[:100]]
    PopularItems.objects.create(snapshot=snapshot, level="product", items=items)
    arrays = {
        "item_keys": np.array(keys),
        "item_factors": np.random.default_rng(1).random((PRODUCTS, 32), dtype=np.float32),
        "alpha": np.array(1.0), "regularization": np.array(0.15), "is_explicit": np.array(False),
    }  # fmt: skip
    save_arrays(snapshot, factors_name("product"), arrays)
