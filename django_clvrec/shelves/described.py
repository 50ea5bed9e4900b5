"""What a page says of a shelf: all that is the same for every visitor, and nothing else."""

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields

from django.http import HttpRequest

from django_clvrec import serving
from django_clvrec.core.ranking import DISCOVER, INTENTS, MIXED
from django_clvrec.core.recommenders.relations import RELATIONS, TOGETHER
from django_clvrec.serving import DEFAULT_N, Answer
from django_clvrec.serving.answers import checked_n
from django_clvrec.sources import get_source

DEFAULT_TEMPLATE = "clvrec/recommendations/default.html"
OF_THE_PAGE = {"nth", "language", "source"}
"""What a shelf takes from the page that it stands on."""


@dataclass(frozen=True, kw_only=True)
class DescribedShelf(ABC):
    """One shelf of a page."""

    level: str | None = None
    n: int = DEFAULT_N
    title: str = ""
    nth: int = 0
    """How many with the same description stand before it on the page."""
    language: str | None = None
    """What the page is written in."""
    source: str | None = None
    """Which one answers; who fetches a shelf is answered by their own, so no address tells it."""

    def __post_init__(self) -> None:
        """Raises UnknownLevel and ValueError: where it is described, not where it is fetched."""
        shop = get_source(self.source)
        object.__setattr__(self, "level", shop.check_level(self.level or shop.levels[0]))
        object.__setattr__(self, "n", checked_n(self.n))

    @abstractmethod
    def answer(self, request: HttpRequest | None, customer: str | None) -> Answer:
        """What `customer`, or else whoever sends `request`, is shown."""

    @abstractmethod
    def standby(self) -> Answer:
        """What everybody is shown while the database does not answer."""

    @abstractmethod
    def templates(self, answer: Answer) -> list[str]:
        """Names of templates, the first that exists is used."""

    @property
    @abstractmethod
    def has_reasons(self) -> bool:
        """Whether its items may say why they are shown, which takes room."""

    @property
    @abstractmethod
    def shown_intent(self) -> str:
        """The answer's intent."""

    @property
    def heading_id(self) -> str:
        """The same for placeholder and shelf, and no other's on the page."""
        told = [getattr(self, one.name) for one in fields(self) if one.name not in OF_THE_PAGE]
        name = f"clvrec-{zlib.crc32(repr([type(self).__name__, *map(str, told)]).encode()):08x}"
        return f"{name}-{self.nth + 1}" if self.nth else name


@dataclass(frozen=True, kw_only=True)
class RecommendedShelf(DescribedShelf):
    """What a visitor is recommended."""

    intent: str = DISCOVER

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.intent not in INTENTS:
            raise ValueError(f"There is no intent {self.intent!r}; use one of {INTENTS}.")

    def answer(self, request: HttpRequest | None, customer: str | None) -> Answer:
        key = serving.known_customer(request, customer)
        told = serving.told_by(request, key)
        return serving.recommend(
            key, self.level, self.n, self.intent, source=self.source, with_objects=True,
            explain=True, **told,
        )  # fmt: skip

    def standby(self) -> Answer:
        return serving.popular_standby(None, self.level, self.n, self.intent, source=self.source)

    def templates(self, answer: Answer) -> list[str]:
        own = [answer.template] if answer.template else []
        return [*own, f"clvrec/recommendations/{answer.tier}.html", DEFAULT_TEMPLATE]

    @property
    def has_reasons(self) -> bool:
        return self.intent != "again"

    @property
    def shown_intent(self) -> str:
        return self.intent


@dataclass(frozen=True, kw_only=True)
class RelatedShelf(DescribedShelf):
    """What goes with items."""

    items: tuple[str, ...] = ()
    relation: str = TOGETHER

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "items", tuple(self.items))
        if self.relation not in RELATIONS:
            raise ValueError(f"There is no relation {self.relation!r}; use one of {RELATIONS}.")

    def answer(self, request: HttpRequest | None, customer: str | None) -> Answer:
        return serving.related(
            self.items, self.level, self.n, self.relation, source=self.source, with_objects=True
        )

    def standby(self) -> Answer:
        return serving.nothing_standby(self.items, self.level, source=self.source)

    def templates(self, answer: Answer) -> list[str]:
        return ["clvrec/recommendations/related.html", DEFAULT_TEMPLATE]

    @property
    def has_reasons(self) -> bool:
        return len(self.items) > 1

    @property
    def shown_intent(self) -> str:
        return MIXED
