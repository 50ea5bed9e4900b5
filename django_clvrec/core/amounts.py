"""Amounts of money in the purchase log: four decimal places, halves to even."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from django_clvrec.exceptions import BadPurchases

MONEY = pa.decimal128(20, 4)
SMALLEST = Decimal("0.0001")
"""The smallest amount that the log tells apart: a hundredth of a cent."""
PLACES = 4
WIDE = pa.decimal256(76, 38)
"""Room for every digit that is seen before it is rounded."""
NO_AMOUNTS = pa.array(["NaN", "Infinity", "-Infinity"])


def money(values: Iterable[Any]) -> pa.Array:
    """`values` (numbers, decimals or None) as decimals with four places, halves to even.

    NaN and infinity are no amounts and become null. Raises BadPurchases for what is no number,
    and for amounts that are too large.
    """
    try:
        with localcontext(prec=60):
            return pa.array([_amount(value) for value in values], MONEY)
    except (pa.ArrowInvalid, InvalidOperation) as error:
        raise BadPurchases(
            f"An amount does not fit the purchase log, which keeps 16 digits before the point "
            f"and 4 after it: {error}. Correct `revenue` in your `PurchaseSource`."
        ) from error


def _amount(value: Any) -> Decimal | None:
    if value is None:
        return None
    # a float by its shortest form: 0.1 is a tenth, not the binary fraction next to it
    amount = value if isinstance(value, Decimal) else Decimal(str(value))
    return amount.quantize(SMALLEST, ROUND_HALF_EVEN) if amount.is_finite() else None


def money_from_arrow(numbers: Any) -> Any:
    """The same as `money`, of an Arrow column of numbers or of their texts; raises the same."""
    kind = numbers.type
    if pa.types.is_floating(kind):
        numbers = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, kind))
    if not (pa.types.is_string(kind) or pa.types.is_decimal(kind)):
        numbers = pc.cast(numbers, pa.string())  # a float by its shortest form, as above
    try:
        return pc.cast(numbers, MONEY)
    except pa.ArrowInvalid:
        pass  # more than four places, or no amount at all
    if pa.types.is_string(numbers.type):
        is_none = pc.is_in(numbers, value_set=NO_AMOUNTS)
        numbers = pc.if_else(is_none, pa.scalar(None, numbers.type), numbers)
    try:
        return pc.cast(pc.round(pc.cast(numbers, WIDE), PLACES, "half_to_even"), MONEY)
    except pa.ArrowInvalid:  # more digits than Arrow can hold: Python can, or says what is wrong
        return money(None if cell is None else Decimal(cell) for cell in numbers.to_pylist())
