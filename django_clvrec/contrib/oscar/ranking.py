"""Which recommendations of a product are a person's, and what may be filled in below them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class ProductRows:
    """Oscar's rows of one product, and our notes of those that were filled in."""

    rows: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> dict[str, Any]:
        """Rows that were filled in and left as they were."""
        return {key: row for key, row in self.rows.items() if self._is_noted(key, row)}

    @property
    def entered(self) -> dict[str, Any]:
        """Rows that a person entered, or gave another ranking."""
        return {key: row for key, row in self.rows.items() if not self._is_noted(key, row)}

    @property
    def taken_over(self) -> list[Any]:
        """Notes of rows that a person gave another ranking."""
        return [self.notes[key] for key in self.entered if key in self.notes]

    @property
    def refused(self) -> set[str]:
        """What was filled in, and then taken out by a person."""
        return self.notes.keys() - self.rows.keys()

    def wanted(self, near: Sequence[str], n: int) -> dict[str, int]:
        """What to fill in, by ranking: with what people entered, n in all.

        Oscar shows higher rankings first, and none is below 0, so there is as much room below
        what people entered as their lowest ranking says.
        """
        entered, refused = self.entered, self.refused
        lowest = min((row.ranking for row in entered.values()), default=n)
        room = max(min(n - len(entered), lowest), 0)
        fresh = [key for key in near if key not in entered and key not in refused]
        return {key: min(lowest, n) - place for place, key in enumerate(fresh[:room], 1)}

    def _is_noted(self, key: str, row: Any) -> bool:
        return key in self.notes and self.notes[key].ranking == row.ranking
