"""Judges the Parquet datasets that are purchase sources."""

from collections.abc import Collection, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004

from django_clvrec.engines.registry import can_train
from django_clvrec.exceptions import SourceUnreadable
from django_clvrec.models import LEVEL_LENGTH
from django_clvrec.parameters import ALS_FIELDS
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource


def check_dataset(source: ParquetPurchaseSource) -> Iterator[CheckMessage]:
    """Path, levels and columns; a dataset out of reach is a matter of the machine."""
    if not getattr(source, "path", ""):
        hint = "Set it to a Parquet file, or to a folder of them."
        yield source_error(source, "has no 'path'", hint, "E004")
        return
    try:
        levels: Any = source.levels
        # web servers do without the dataset, and without pyarrow
        schema = source.dataset().schema if can_train() else None
    except SourceUnreadable as error:
        yield Warning(
            str(error),
            hint="This machine cannot refresh. Web servers do not need the data if the source "
            "names its `levels`.",
            id="clvrec.W005",
        )
        return
    if not isinstance(levels, (tuple, list)) or not are_names(levels):
        hint = (
            "Use a tuple of levels, each a different, short Python name; "
            f"{', '.join(sorted(ALS_FIELDS))} are taken."
        )
        yield source_error(source, "has no usable `levels`", hint, "E005")
        return
    if schema is None:
        return
    from django_clvrec.core.datasets import faults

    for fault in faults(schema, levels):
        hint = "Write the data with the columns of the purchase log, or correct `levels`."
        yield source_error(source, f"at {source.path} {fault}", hint, "E011")


def are_names(levels: Collection[Any]) -> bool:
    """Whether each level can be a column of the log and a key of the setting."""
    # columns of a log are compared without regard to case
    folded = {level.casefold() for level in levels if isinstance(level, str)}
    return len(folded) == len(levels) and all(
        level.isidentifier() and len(level) <= LEVEL_LENGTH and level not in ALS_FIELDS
        for level in levels
    )


def source_error(source: PurchaseSource, what: str, hint: str, number: str) -> Error:
    """An error that names the source by its path."""
    name = f"{type(source).__module__}.{type(source).__qualname__}"
    return Error(f"The purchase source {name} {what}.", hint=hint, id=f"clvrec.{number}")
