"""A second database that stands for a replica: it has what was copied to it, and nothing since."""

from contextlib import contextmanager

from django.db import connections

from django_clvrec.models import (
    BanditArm,
    CurrentTier,
    CustomerScore,
    Experiment,
    MerchandisingRule,
    PopularItems,
    Recommendation,
    Snapshot,
    SnapshotArray,
    SourceState,
)
from tests.second import second_database

ALIAS = "replica"
ROWS = (Snapshot, PopularItems, SnapshotArray, CustomerScore, Recommendation)
"""In the order in which a refresh writes them."""
POINTER = (SourceState,)
LATER = (CurrentTier, BanditArm, MerchandisingRule, Experiment)


@contextmanager
def replica_database():
    """Tables beside those of the tests."""
    with second_database(ALIAS):
        yield Replica()


class Replica:
    """What has come to it."""

    def copy(self, *models):
        """What the tables hold by now, or all tables that visitors are answered from."""
        for model in models or (*ROWS, *POINTER, *LATER):
            columns = [field.column for field in model._meta.concrete_fields]
            key = model._meta.pk.column
            place = columns.index(key)
            with connections["default"].cursor() as cursor:
                cursor.execute(f"SELECT {_joined(columns)} FROM {model._meta.db_table}")
                rows = cursor.fetchall()
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(f"SELECT {key} FROM {model._meta.db_table}")
                known = {row[0] for row in cursor.fetchall()}
                for row in rows:
                    if row[place] in known:
                        changes = ", ".join(f"{_quoted(name)} = %s" for name in columns)
                        cursor.execute(
                            f"UPDATE {model._meta.db_table} SET {changes} WHERE {key} = %s",
                            [*row, row[place]],
                        )
                    else:
                        marks = ", ".join(["%s"] * len(columns))
                        cursor.execute(
                            f"INSERT INTO {model._meta.db_table} ({_joined(columns)}) "
                            f"VALUES ({marks})",
                            row,
                        )


def _joined(columns):
    return ", ".join(map(_quoted, columns))


def _quoted(name):
    return connections[ALIAS].ops.quote_name(name)
