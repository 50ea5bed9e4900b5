"""Texts that are equal only where every character is, on every database."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _TextField = models.CharField[str, str]
else:
    _TextField = models.CharField


def exact_collation(connection: Any) -> str | None:
    """What MySQL and MariaDB have to be told; others compare every character by themselves.

    By their own choice `a` would be `A`, and `é` would be `e`; a binary collation that pads would
    still take `a` for `a `.
    """
    if connection.vendor != "mysql":
        return None
    return "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"


class ExactCharField(_TextField):
    """A key of the shop's, a name in settings, or whatever else must not be mixed up."""

    def db_parameters(self, connection: Any) -> Any:
        return super().db_parameters(connection) | {"collation": exact_collation(connection)}
