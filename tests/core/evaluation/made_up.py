"""Made-up ratings as a shop of orders has them: an order's rows repeat its one or two items."""

import numpy as np


def made_up_ratings(customers=400, items=12, *, repeats=4, seed=5):
    """Customers, items and ratings: a pair has one rating, in up to `repeats` rows.

    Low item numbers are popular; a third of the customers have two items.
    """
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, items + 1)
    rows = []
    for customer in range(customers):
        rating = random.choice([1, 3, 4, 5, 5])
        chosen = random.choice(
            items, 1 + (customer % 3 == 0), replace=False, p=shares / shares.sum()
        )
        for item in chosen:
            rows += [(customer, item, rating)] * random.integers(1, repeats + 1)
    return tuple(np.array(column) for column in zip(*rows, strict=True))
