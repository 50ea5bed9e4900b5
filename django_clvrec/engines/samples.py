"""What recommenders learn from that are fitted in the process that runs the engine."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.base import Fitted

Rankers = Mapping[str, tuple[Fitted, tuple[str, ...]]]
"""By name a fitted recommender, and the intents that it serves."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The histories of some customers at one level, by ascending key."""

    histories: Histories
    keys: pa.Array
    """Of the items, ascending; position i stands for key i."""
