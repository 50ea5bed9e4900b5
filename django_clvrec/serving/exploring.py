"""The popular list of one request, drawn where its tier explores."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django_clvrec.exploration import Drawn, explored, generator
from django_clvrec.serving.stored import Pairs


@dataclass(kw_only=True)
class Exploring:
    """Draws the first popular candidates that there are; what only fills a list up is not drawn."""

    level: str
    context: str
    share: float
    who: str | None
    now: datetime
    is_over: bool = False
    drawn: Drawn | None = field(default=None, init=False)

    def ordered(self, pairs: Pairs) -> Pairs:
        """`pairs` in the order to show them. At most one query."""
        if self.is_over or not pairs:
            return pairs
        self.is_over = True
        rng = generator(self.who, self.level, self.context, self.now)
        self.drawn = explored(pairs, self.level, self.context, self.share, rng)
        return self.drawn.pairs if self.drawn else pairs

    def propensities(self, shown: Iterable[str]) -> dict[str, float] | None:
        """None where nothing was drawn."""
        return self.drawn.propensities(shown) if self.drawn else None
