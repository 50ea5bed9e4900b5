"""A purchase source that is a Parquet dataset: a warehouse's export instead of a queryset."""

from collections.abc import Iterable
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Model
from django.utils.functional import cached_property

from django_clvrec.sources.base import PurchasedItem, PurchasedLine, PurchaseSource

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset


class ParquetPurchaseSource(PurchaseSource):
    """A Parquet file, or a folder of them, with the columns of the purchase log.

    ```python
    @register
    class Warehouse(ParquetPurchaseSource):
        path = "/data/purchases"
        levels = ("category", "product")
    ```

    The columns are `customer_key, order_key, purchased_at, revenue`, an `item_<level>` for each
    level, and as you like `rating`, `refund` and `line`. Times without a zone are in UTC. Lines
    are ordered by `line` where there is one, so that duplicates are found.

    Keys stand for themselves: override `items_in_bulk` and `customers_in_bulk` to give your
    templates more than keys, and `purchases_of` if you have a quick way to the latest orders.
    """

    path: ClassVar[str | PathLike[str]]
    """A path, or a URI such as s3://bucket/purchases that pyarrow can open; s3a:// works too."""

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels, by default those of the dataset's columns.

        Name them on the class, and web servers need neither the dataset nor pyarrow.
        """
        from django_clvrec.core.datasets import levels_of

        return levels_of(self.dataset().schema)

    def dataset(self) -> "Dataset":
        """The dataset itself; override it for credentials or a filter on files."""
        from django_clvrec.core.datasets import open_dataset

        return open_dataset(self.path)

    @property
    def has_ratings(self) -> bool:
        from django_clvrec.core.purchases import RATING

        return RATING in self.dataset().schema.names

    @property
    def customer_model(self) -> type[Model] | None:
        """None: say `customer_model = User` on the class if the keys are those of that model."""
        return None

    def purchases_of(self, customer_key: str, level: str) -> list[PurchasedItem]:
        """Nothing: a visitor's request must not wait for a scan of the dataset.

        So visitors are answered as of the last refresh, which is as fresh as the dataset is.
        """
        self.check_level(level)
        return []

    def lines_of(self, customer_key: str, since: datetime | None = None) -> list[PurchasedLine]:
        """Nothing, like `purchases_of`: override both if you have a quick way to latest orders."""
        return []

    def item_keys(self, level: str) -> Iterable[str]:
        """None: what is in the dataset is not looked up while a visitor waits."""
        return ()

    def items_in_bulk(self, level: str, keys: Iterable[str]) -> dict[str, Any]:
        """Each key by itself."""
        self.check_level(level)
        return {key: key for key in keys}
