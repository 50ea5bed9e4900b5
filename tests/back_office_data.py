"""Fills a PostgreSQL database with a large shop and its live snapshot, by INSERT … SELECT.

`fill(1_000_000)` takes about a minute; the same number gives the same rows.
"""

from contextlib import contextmanager

from django.db import connection

from django_clvrec.cells import counted
from django_clvrec.models import CustomerScore, Snapshot, SourceState
from tests.shelf import AS_OF

SOURCE = "corner"
CATEGORIES, PRODUCTS = 40, 2000
SCORED = """
INSERT INTO clvrec_customerscore (
    snapshot_id, customer_key, recency_days, frequency, monetary_value, age_days, recency_score,
    frequency_score, monetary_score, overall_score, tier, segment, order_days, expected_orders,
    p_alive, clv, clv_low, clv_high)
SELECT %(snapshot)s, key, recency_days, frequency, value, recency_days + 100, r, f, m, r + f + m,
    CASE WHEN n %% 10 < %(moved)s THEN 'mid' WHEN frequency < 2 THEN 'new'
        WHEN r + f + m >= 6 THEN 'high' WHEN r + f + m >= 4 THEN 'mid' ELSE 'low' END,
    (ARRAY['champions', 'loyal', 'new', 'at_risk', 'cant_lose', 'lost'])[1 + (r * 4 + f) %% 6],
    frequency, expected, 0.5, expected * 31, expected * 10, expected * 60
FROM (
    SELECT *, LEAST(3, 3 - recency_days / 100) r, LEAST(3, frequency / 4) f,
        LEAST(3, value::int / 250) m,
        CASE WHEN frequency < 2 THEN NULL ELSE frequency * exp(-recency_days / 200.0) END expected
    FROM (
        SELECT n, md5('c' || n)::uuid::text AS key, hashint4(n) & 255 AS recency_days,
            1 + (hashint4(n + 7) & 4095) %% (1 + (hashint4(n + 9) & 15)) AS frequency,
            round((hashint4(n + 11) & 65535) / 64.0, 4) AS value
        FROM generate_series(1, %(customers)s) n
    ) drawn
) scored
"""
SHOP = (
    "INSERT INTO corner_shop_category (id, name) SELECT n, 'category ' || n"
    " FROM generate_series(1, %(categories)s) n",
    "INSERT INTO corner_shop_product (sku, category_id, brand) SELECT 'p' || n,"
    " 1 + n %% %(categories)s, 'brand' || n %% 2 FROM generate_series(1, %(products)s) n",
    "INSERT INTO corner_shop_customer (id, name) SELECT md5('c' || n)::uuid, 'customer ' || n"
    " FROM generate_series(1, %(customers)s) n",
    "INSERT INTO corner_shop_order (id, customer_id, placed_at, is_paid) SELECT n,"
    " md5('c' || n)::uuid, now() - make_interval(days => n %% 300), true"
    " FROM generate_series(1, %(customers)s) n",
    "INSERT INTO corner_shop_line (order_id, product_id, quantity, unit_price, is_refunded)"
    " SELECT n, 'p' || (1 + (hashint4(n) & 65535) %% %(products)s), 1, 2.5, false"
    " FROM generate_series(1, %(customers)s) n",
)
TABLES = (
    "clvrec_customerscore",
    *(f"corner_shop_{name}" for name in ("category", "product", "customer", "order", "line")),
)
K4 = {name: {"k": 4} for name in ("recency", "frequency", "monetary_value")}


def fill(customers, with_cells=True):
    """The live snapshot of the corner shop, with as many orders as customers."""
    snapshot = Snapshot.objects.create(source=SOURCE, engine="made up", as_of=AS_OF, state="ready")
    run(SHOP, customers=customers, categories=CATEGORIES, products=PRODUCTS)
    add_scores(snapshot, customers, with_cells)
    SourceState.objects.update_or_create(source=SOURCE, defaults={"live": snapshot})
    return snapshot


def add_scores(snapshot, customers, with_cells=True, moved=0):
    """Its customers and its report; `moved` tenths of them are in tier `mid`."""
    run([SCORED], snapshot=snapshot.pk, customers=customers, moved=moved)
    snapshot.report = {"customers": customers, "clusters": K4}
    if with_cells:
        snapshot.report["cells"] = counted(CustomerScore.objects.filter(snapshot=snapshot))
    snapshot.save()


@contextmanager
def without_indexes(*models):
    """Rows in any order are added in a fourth of the time, and indexed afterwards."""
    with connection.schema_editor() as editor:
        for model in models:
            for index in model._meta.indexes:
                editor.remove_index(model, index)
            for constraint in model._meta.constraints:
                editor.remove_constraint(model, constraint)
    yield
    with connection.schema_editor() as editor:
        for model in models:
            for constraint in model._meta.constraints:
                editor.add_constraint(model, constraint)
            for index in model._meta.indexes:
                editor.add_index(model, index)


def run(statements, **values):
    """One after the other. Whoever may leave foreign keys unchecked halves the time: they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        role = "replica" if cursor.fetchone()[0] else "origin"
        for statement in (f"SET session_replication_role = {role}", *statements):
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def tidy(tables=TABLES):
    """What autovacuum does soon after a refresh: statistics, and pages known to be visible."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM ANALYZE {table}")
