"""What a visit tells of a purchase, for pages that score nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bought:
    """One line: the position of an item, or -1 for one that is not known; its order, its age."""

    item: int
    order: str
    days: float
