"""How customers are spread: by values that customers have."""

import pyarrow as pa

from django_clvrec.cells import MEASURED
from django_clvrec.publish.spread import Spread


def spread_of(*batches):
    spread = Spread()
    for values in batches:
        spread.watch(pa.record_batch([pa.array(values, pa.float64())] * 4, names=list(MEASURED)))
    return spread.quantiles()


def test_a_quantile_is_what_so_many_do_not_exceed():
    found = spread_of([3, None], [1, 2, 4])["clv"]
    assert (len(found), found[0], found[25], found[26], found[100]) == (101, 1, 1, 2, 4)


def test_without_values_there_are_none():
    assert spread_of([None]) == {}
