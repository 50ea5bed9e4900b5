"""What fold-in is worth: lists that know the orders since training against lists that do not.

`python -m benchmarks.fold_in --json PATH`

Each recommender learns up to 80 % of a log's time. Of customers with two orders or more after
that, the last one is to be found. `stale` is the list as of training, `filtered` the same without
what was bought since, `fold_in` the one that the same trained arrays give for the history up to
the last order. NDCG@10, with the mean difference to `filtered` and its 90 % interval by customer.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from benchmarks.quality import CASES, Case, parameters, write
from django_clvrec.core.evaluation.folds import Events, cut_at, fold_at, histories_of
from django_clvrec.core.evaluation.metrics import per_customer
from django_clvrec.core.histories import Histories
from django_clvrec.core.ranking import DISCOVER, MIXED
from django_clvrec.core.recommenders.base import Fitted, Recommender
from django_clvrec.core.recommenders.ease import Ease
from django_clvrec.core.recommenders.implicit_als import Als
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.lists import lists_by_intent, padded
from django_clvrec.core.recommenders.personal import Personal
from django_clvrec.core.recommenders.tifu_knn import TifuKnn
from django_clvrec.core.tiers import NEW
from django_clvrec.engines.events import events_of, sampled_lines

K, SHARE = 10, 0.8
RECOMMENDERS: tuple[Recommender, ...] = (Als(), Ease(), ItemKnn(), TifuKnn(), Personal())


def main(arguments: Sequence[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.fold_in", description=__doc__)
    words.add_argument("--cases", help="such as grocer/category,retailer/product; default: all")
    words.add_argument("--json", type=Path, help="where to write the result")
    options = words.parse_args(arguments)
    names = options.cases.split(",") if options.cases else [f"{c.name}/{c.level}" for c in CASES]
    rows = [row for case in CASES if f"{case.name}/{case.level}" in names for row in measure(case)]
    print("\n".join(table(rows)))  # noqa: T201
    if options.json:
        options.json.write_text(json.dumps({"rows": rows}, indent=2) + "\n")


def measure(case: Case) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        write(case, Path(folder) / "log.parquet")
        lines, _ = sampled_lines(Path(folder), 1 << 30)
        events = events_of(lines, case.level)
    new = np.full(events.customer_count, NEW, dtype=object)
    cut = cut_at(events, SHARE)
    fold = fold_at(events, cut, parameters(case).min_buyers, lambda _: new)
    is_last = last_orders(events, cut)
    fresh = histories_of(
        events.where(~is_last), int(events.times.max()), fold.customers, fold.items, new
    )
    stale = fold.histories
    bought = csr_array(events_matrix(events.where(is_last), fold.customers, fold.items))
    for recommender in RECOMMENDERS:
        fitted = recommender.fit(stale)
        for intent in (DISCOVER, MIXED):
            yield {
                "log": case.name,
                "level": case.level,
                "intent": intent,
                "name": recommender.name,
                **compared(fitted, stale, fresh, bought, intent),
            }


def last_orders(events: Events, cut: int) -> Any:
    """Which lines belong to the last of at least two orders that a customer placed after `cut`."""
    order = np.lexsort((events.times, events.customers))
    late = order[events.times[order] > cut]
    customers, orders = events.customers[late], events.orders[late]
    ends = np.append(np.flatnonzero(np.diff(customers)), len(customers) - 1)
    starts = np.append(0, ends[:-1] + 1)
    several = orders[starts] != orders[ends]
    return np.isin(events.orders, orders[ends[several]])


def events_matrix(events: Events, customers: Any, items: Any) -> Any:
    everyone = np.full(len(customers), NEW, dtype=object)
    return histories_of(events, int(events.times.max()), customers, items, everyone).bought()


def compared(
    fitted: Fitted, stale: Histories, fresh: Histories, target: csr_array, intent: str
) -> dict[str, Any]:
    """Over customers whose last order holds something that can be found."""
    known = fresh.bought()
    truth = target - target.multiply(known) if intent == DISCOVER else target
    truth = csr_array(truth)
    truth.eliminate_zeros()
    rows = np.flatnonzero(np.diff(truth.indptr) * np.diff(stale.starts))
    truth = csr_array(truth[rows])
    lists = {
        name: padded(lists_by_intent(fitted, one.take(rows), 5 * K, (intent,))[intent], 5 * K)
        for name, one in (("stale", stale), ("fold_in", fresh))
    }
    since = csr_array(known - known.multiply(stale.bought()))[rows].toarray() > 0
    lists["filtered"] = lists["stale"]
    if intent == DISCOVER:
        lists["filtered"] = np.array(
            [
                np.pad(
                    kept := one[(one >= 0) & ~mine[one]], (0, 5 * K - len(kept)), constant_values=-1
                )
                for one, mine in zip(lists["stale"], since, strict=True)
            ]
        )
    ndcg = {name: per_customer(one[:, :K], truth).ndcg for name, one in lists.items()}
    gain = ndcg["fold_in"] - ndcg["filtered"]
    margin = 1.645 * gain.std(ddof=1) / np.sqrt(len(gain))
    means = {name: round(float(one.mean()), 4) for name, one in ndcg.items()}
    return {
        "customers": len(rows),
        **means,
        "gain": round(float(gain.mean()), 4),
        "interval": [round(float(gain.mean() + sign * margin), 4) for sign in (-1, 1)],
    }


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Markdown."""
    yield "| log, level, intent | | customers | stale | filtered | fold_in | gain, 90 % interval |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        low, high = row["interval"]
        yield (
            f"| {row['log']}, {row['level']}, {row['intent']} | {row['name']} "
            f"| {row['customers']:,} | {row['stale']:.3f} | {row['filtered']:.3f} "
            f"| {row['fold_in']:.3f} | {row['gain']:+.3f} ({low:+.3f} – {high:+.3f}) |"
        )


if __name__ == "__main__":
    main()
