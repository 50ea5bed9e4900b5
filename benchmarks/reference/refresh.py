"""A refresh as one writes it in an afternoon, with the usual libraries and all data in memory."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from implicit.cpu.als import AlternatingLeastSquares
from kneed import KneeLocator
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from benchmarks.synthetic import AS_OF
from django_clvrec.models import CustomerScore, Recommendation, Snapshot

BATCH = 5_000
USERS = 20_000
MIN_BUYERS = 5


def refresh(path: Path, snapshot: Snapshot, factors: int, iterations: int, n: int) -> int:
    """Scores and lists of every customer of the log at `path`; the number of lists."""
    log = pd.read_parquet(path, dtype_backend="pyarrow")
    log["revenue"] = log["revenue"].astype("float64")
    log["customer"], customers = pd.factorize(log["customer_key"], sort=True)
    log["item"], items = pd.factorize(log["item_product"], sort=True)
    scores = score(rfm(log), customers)
    save(
        CustomerScore,
        (CustomerScore(snapshot=snapshot, **row) for row in scores.to_dict("records")),
    )
    weights = interactions(log, len(customers), len(items))
    tiers = scores["tier"].to_numpy()
    with threadpool_limits(1, "blas"):  # as implicit asks for
        train(weights, factors, iterations)  # what tiers that are too small would be served by
        count = 0
        for tier in ("low", "mid", "high"):
            mine = np.flatnonzero((tiers == tier) & (np.diff(weights.indptr) > 0))
            model = train(weights[mine], factors, iterations)
            for intent in ("discover", "mixed", "again"):
                found = lists(model, weights[mine], intent, n)
                rows = (
                    Recommendation(
                        snapshot=snapshot, customer_key=customers[mine[user]], level="product",
                        intent=intent, model=f"als:{tier}", items=pairs(items, chosen, values),
                    )
                    for user, chosen, values in found
                )  # fmt: skip
                count += save(Recommendation, rows)
    return count


def rfm(log: pd.DataFrame) -> pd.DataFrame:
    grouped = log.groupby("customer")
    return pd.DataFrame(
        {
            "recency_days": (AS_OF - grouped["purchased_at"].max()).dt.days,
            "frequency": grouped["order_key"].nunique(),
            "monetary_value": grouped["revenue"].sum(),
            "age_days": (AS_OF - grouped["purchased_at"].min()).dt.days,
        }
    )


def score(table: pd.DataFrame, customers: Any) -> pd.DataFrame:
    table["customer_key"] = customers
    names = {
        "recency_days": "recency_score",
        "frequency": "frequency_score",
        "monetary_value": "monetary_score",
    }
    ks = []
    for column, name in names.items():
        table[name], k = clusters(table[column].to_numpy(dtype=float))
        ks.append(k)
    table["recency_score"] = ks[0] - 1 - table["recency_score"]
    shares = sum(table[name] / (k - 1) for name, k in zip(names.values(), ks, strict=True))
    table["overall_score"] = np.floor(3 * shares + 0.5).astype(int)
    table["tier"] = np.select(
        [table["frequency"] < 2, table["overall_score"] < 4, table["overall_score"] < 6],
        ["new", "low", "mid"],
        "high",
    )
    return table


def clusters(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    """k-means for every k, and the labels of the one at the elbow, by rising centres."""
    ks = range(2, 11)
    fits = [KMeans(k, n_init="auto", random_state=1).fit(values[:, None]) for k in ks]
    inertias = [fit.inertia_ for fit in fits]
    k = KneeLocator(ks, inertias, curve="convex", direction="decreasing").knee or 4
    best = fits[k - 2]
    rank = np.argsort(np.argsort(best.cluster_centers_.ravel()))
    return rank[best.labels_], int(k)


def interactions(log: pd.DataFrame, customers: int, items: int) -> csr_matrix:
    once = log[["customer", "order_key", "item"]].drop_duplicates()
    pairs = once.groupby(["customer", "item"]).size().reset_index(name="weight")
    buyers = pairs["item"].map(pairs["item"].value_counts())
    pairs = pairs[buyers >= MIN_BUYERS]
    cells = (pairs["weight"].to_numpy(dtype=np.float32), (pairs["customer"], pairs["item"]))
    return csr_matrix(cells, shape=(customers, items))


def train(weights: csr_matrix, factors: int, iterations: int) -> Any:
    model = AlternatingLeastSquares(factors=factors, iterations=iterations, random_state=1)
    model.fit(weights, show_progress=False)
    return model


def pairs(items: Any, chosen: Any, values: Any) -> list[list[Any]]:
    return [[items[i], round(float(value), 6)] for i, value in zip(chosen, values, strict=True)]


def lists(model: Any, chosen: csr_matrix, intent: str, n: int) -> Iterator[tuple[int, Any, Any]]:
    if intent == "again":
        yield from again(model, chosen, n)
        return
    for start in range(0, chosen.shape[0], USERS):
        users = np.arange(start, min(start + USERS, chosen.shape[0]))
        found, values = model.recommend(
            users, chosen[users], N=n, filter_already_liked_items=intent == "discover"
        )
        yield from zip(users, found, values, strict=True)


def again(model: Any, chosen: csr_matrix, n: int) -> Iterator[tuple[int, Any, Any]]:
    cells = chosen.tocoo()
    table = pd.DataFrame({"user": cells.row, "item": cells.col})
    table["value"] = np.einsum(
        "ij,ij->i", model.user_factors[cells.row], model.item_factors[cells.col]
    )
    best = table.sort_values(["user", "value"], ascending=[True, False]).groupby("user").head(n)
    for user, rows in best.groupby("user"):
        yield int(user), rows["item"].to_numpy(), rows["value"].to_numpy()


def save(model: type[Any], rows: Iterator[Any]) -> int:
    count = 0
    while batch := list(islice(rows, BATCH)):
        count += len(model.objects.bulk_create(batch))
    return count
