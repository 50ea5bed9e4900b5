"""Items that go together, from the log itself: the same with every engine."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from django_clvrec.core.evaluation.folds import histories_of, known_items
from django_clvrec.core.recommenders.item_models import best_known
from django_clvrec.core.recommenders.neighbours import neighbours_by_relation
from django_clvrec.core.recommenders.relations import Neighbours
from django_clvrec.core.tiers import NEW
from django_clvrec.engines.base import Parameters, Report
from django_clvrec.engines.events import EPOCH, events_of, sampled_lines

MOST_CUSTOMERS = 50_000
"""On a larger shop, a sample of so many tells what goes together."""
MOST_ITEMS = 50_000
"""The items with the most buyers; the others have no neighbours."""


def neighbours_of(
    log: Path, parameters: Parameters, report: Report
) -> dict[str, tuple[tuple[str, ...], dict[str, Neighbours]]]:
    """By level the item keys, and the neighbours of each by relation."""
    lines, _ = sampled_lines(log, MOST_CUSTOMERS)
    end = int((parameters.as_of - EPOCH).total_seconds() * 1e6)
    found = {}
    for number, level in enumerate(parameters.levels):
        report("similar items", number, len(parameters.levels))
        events = events_of(lines, level)
        kept = known_items(events, parameters.min_buyers)
        customers = np.arange(events.customer_count)
        tiers = np.full(len(customers), NEW, dtype=object)
        histories = histories_of(events, end, customers, kept, tiers)
        if len(kept) > MOST_ITEMS:
            kept = kept[best_known(histories, MOST_ITEMS)]
            histories = histories_of(events, end, customers, kept, tiers)
        keys = lines.items(level).keys.take(pa.array(kept)).to_pylist()
        found[level] = (tuple(keys), neighbours_by_relation(histories))
    return found
