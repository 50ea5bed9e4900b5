"""Customers' keys of raw lines as they are stored: before any line reaches a disk."""

import pyarrow as pa

from django_clvrec.core.purchases import CUSTOMER
from django_clvrec.extract.leaving import Mask
from django_clvrec.pseudonyms import is_on, stored_keys


def with_stored_keys(lines: pa.Table, mask: Mask | None = None) -> pa.Table:
    """The same lines, whichever way they came in. Of a block each customer is hashed once.

    `mask` is told who of them is marked by the shop's own key.
    """
    if not is_on():
        return lines
    coded = lines[CUSTOMER].combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    own = coded.dictionary.to_pylist()
    stored = stored_keys(own)
    if mask is not None:
        mask.meet(own, stored)
    keys = pa.array(stored, pa.string())
    place = lines.schema.get_field_index(CUSTOMER)
    return lines.set_column(place, CUSTOMER, keys.take(coded.indices))
