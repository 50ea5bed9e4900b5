"""Columns of customers' keys."""

from collections.abc import Sequence
from typing import Any

from django_clvrec.models.exact import ExactCharField
from django_clvrec.pseudonyms import StoredKey, is_on


class CustomerKeyField(ExactCharField):
    """Text for the database and for migrations. What is read is a StoredKey, where it matters."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return [*super().get_db_converters(connection), *([_stored] if is_on() else [])]

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django_clvrec.models.exact.ExactCharField", args, kwargs


def _stored(value: str, _expression: Any, _connection: Any) -> StoredKey:
    return StoredKey(value)
