"""Two streams of lines, each ordered by `line`, become one."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from django_clvrec.core.purchases import LINE


class Unusable(Exception):
    """The kept log does not go together with what is read anew; everything must be read."""


def merged(first: Iterator[pa.Table], second: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """All lines in order, in flat memory. Raises Unusable for a line that is in both streams."""
    one, two = _next(first), _next(second)
    while one is not None and two is not None:
        bound = min(_last(one), _last(two))
        head, one = _split(one, bound)
        other, two = _split(two, bound)
        yield _sorted(head, other)
        one = one if one.num_rows else _next(first)
        two = two if two.num_rows else _next(second)
    for rest, stream in ((one, first), (two, second)):
        if rest is not None:
            yield rest
            yield from stream


def _next(stream: Iterator[pa.Table]) -> pa.Table | None:
    return next((table for table in stream if table.num_rows), None)


def _last(table: pa.Table) -> Any:
    return table[LINE][-1].as_py()


def _split(table: pa.Table, bound: Any) -> tuple[pa.Table, pa.Table]:
    """The lines up to `bound`, and those after it."""
    length = pc.sum(pc.less_equal(table[LINE], bound)).as_py() or 0
    return table.slice(0, length), table.slice(length)


def _sorted(one: pa.Table, two: pa.Table) -> pa.Table:
    if not one.num_rows or not two.num_rows:
        return one if one.num_rows else two
    both = pa.concat_tables([one, two.select(one.column_names)])
    both = both.take(pc.sort_indices(both, [(LINE, "ascending")]))
    lines = both[LINE]
    if pc.any(pc.equal(lines.slice(1), lines.slice(0, len(lines) - 1))).as_py():
        raise Unusable("a line of the kept log was read again with another time")
    return both
