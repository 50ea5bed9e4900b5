"""Columns of customers' keys."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models

from django_clvrec.pseudonyms import StoredKey, is_on

if TYPE_CHECKING:
    Text = models.CharField[str, str]
else:
    Text = models.CharField


class CustomerKeyField(Text):
    """Text for the database and for migrations. What is read is a StoredKey, where it matters."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return [*super().get_db_converters(connection), *([_stored] if is_on() else [])]

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def _stored(value: str, _expression: Any, _connection: Any) -> StoredKey:
    return StoredKey(value)
