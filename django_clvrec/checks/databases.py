"""Judges the databases: what each of them needs to be told."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.db import connections

from django_clvrec.models import write_database


@register(Tags.compatibility)
def check_database(**_: Any) -> list[CheckMessage]:
    """SQLite as it comes lets one reader stop all writers; WAL does not."""
    database = connections[write_database()]
    options = str(database.settings_dict.get("OPTIONS", {}).get("init_command", ""))
    name = str(database.settings_dict["NAME"])
    if database.vendor != "sqlite" or "wal" in options.lower() or "memory" in name:
        return []
    return [
        Warning(
            "The shop's SQLite database may not be in WAL mode: while a refresh reads the orders, "
            "visitors could not buy.",
            hint='Set OPTIONS of the database to {"init_command": "PRAGMA journal_mode=WAL", '
            '"transaction_mode": "IMMEDIATE"}, or silence this if its file is in WAL mode already.',
            id="clvrec.W006",
        )
    ]


@register(Tags.database)
def check_character_set(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """MySQL and MariaDB lose letters in a database that was made with an older character set."""
    alias = write_database()
    connection = connections[alias]
    if connection.vendor != "mysql" or alias not in (databases or ()):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@character_set_database")
        [name] = cursor.fetchone()
    if name == "utf8mb4":
        return []
    return [
        Warning(
            f"The database {alias!r} has the character set {name}, which has no place for some of "
            "the letters in names and reports.",
            hint="Run ALTER DATABASE … CHARACTER SET utf8mb4 before `manage.py migrate`.",
            id="clvrec.W007",
        )
    ]
