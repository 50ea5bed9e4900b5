"""How customers are spread: what share of them lies below a value."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from django_clvrec.cells import MEASURED

PARTS = 100


class Spread:
    """Looks at batches as they pass, eight bytes for each value."""

    def __init__(self) -> None:
        self._found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in MEASURED}

    def watch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The same batch."""
        for name, parts in self._found.items():
            parts.append(batch[name].cast(pa.float64()).drop_null().to_numpy())
        return batch

    def quantiles(self) -> dict[str, list[float]]:
        """By column, what 0, 1, …, 100 of 100 customers do not exceed; none without customers."""
        shares = np.linspace(0, 1, PARTS + 1)
        found = {}
        for name, parts in self._found.items():
            values = np.concatenate(parts or [np.empty(0)])
            if len(values):
                # values that customers have: what lies between two would be above one too many
                of_them = np.quantile(values, shares, method="inverted_cdf", overwrite_input=True)
                found[name] = of_them.round(4).tolist()
        return found
