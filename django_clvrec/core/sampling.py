"""Some of many, the same ones every time."""

import numpy as np

from django_clvrec.core.histories import Ints


def spread(size: int, most: int) -> Ints:
    """At most `most` positions of `size`, evenly spread over them."""
    if size <= most:
        return np.arange(size)
    return np.linspace(0, size - 1, most).round().astype(np.int64)
