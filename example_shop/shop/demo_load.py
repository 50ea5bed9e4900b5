"""Writes the demo data into the database: all of it, or nothing."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pandas as pd
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from example_shop.shop.demo_data import DemoData
from example_shop.shop.models import Category, Department, Order, OrderLine, Product, ProductType

BATCH = 20_000
ADMIN = "admin"
PASSWORD = "demo"  # noqa: S105 - what every household of the demo signs in with
Report = Callable[[str, int], None]


class UsersExist(Exception):
    """The demo numbers its users by household, and there are users already.

    Load it into an empty database.
    """


def is_loaded() -> bool:
    """Whether the data are there: they come in one transaction, so one line stands for all."""
    return OrderLine.objects.exists()


@transaction.atomic
def load(data: DemoData, report: Report = lambda _table, _rows: None) -> None:
    """Write everything under the ids it has in the data. Raises UsersExist.

    `report` is told each table and its number of rows.
    """
    if get_user_model().objects.exists():
        raise UsersExist(UsersExist.__doc__)
    tables: dict[type[Model], pd.DataFrame] = {
        Department: data.departments,
        Category: data.categories,
        ProductType: data.types,
        Product: data.products,
        Order: data.orders,
        OrderLine: data.lines,
    }
    report("logins", _add_logins(data.households))
    for model, rows in tables.items():
        _fill(model, rows)
        report(str(model._meta.verbose_name_plural), len(rows))
    _continue_numbering(get_user_model(), *tables)
    _count(*tables)


def _add_logins(households: list[int]) -> int:
    users, password = get_user_model(), make_password(PASSWORD)  # slow on purpose, so only once
    users.objects.bulk_create(
        users(
            pk=number,
            username=f"household-{number}",
            password=password,
            first_name="Household",
            last_name=str(number),
        )
        for number in households
    )
    _continue_numbering(users)
    users._default_manager.create_superuser(username=ADMIN, password=ADMIN)
    return len(households) + 1


def _fill(model: type[Model], rows: pd.DataFrame) -> None:
    """Insert a frame whose columns are the table's: eight times as quick as `bulk_create`."""
    quote, marks = connection.ops.quote_name, ", ".join(["%s"] * len(rows.columns))
    columns = ", ".join(map(quote, rows.columns))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608  # nosec B608
    values = _values(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(values, BATCH)):
            cursor.executemany(sql, batch)


def _values(rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return zip(*(_cells(rows[name]) for name in rows.columns), strict=True)


def _cells(column: "pd.Series[Any]") -> Iterator[Any]:
    """Cells as the database takes them: money as text, so that no cent is lost to a float."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        moments = (moment.to_pydatetime() for moment in column)
        return map(connection.ops.adapt_datetimefield_value, moments)
    if pd.api.types.is_float_dtype(column):
        return map("{:.2f}".format, column.tolist())
    return iter(column.tolist())


def _count(*models: type[Model]) -> None:
    """Tell PostgreSQL how much there is now: until it looks by itself it plans for empty tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in models:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _continue_numbering(*models: type[Model]) -> None:
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(sql)
