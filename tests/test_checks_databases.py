"""What the databases need to be told is told by `manage.py check`."""

import pytest
from django.core.checks import Warning  # noqa: A004

from django_clvrec import checks
from django_clvrec.checks import databases


@pytest.mark.parametrize(
    ("settings_dict", "expected"),
    [
        ({"NAME": "/srv/shop.sqlite3"}, ["clvrec.W006"]),
        ({"NAME": "/srv/shop.sqlite3", "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL"}}, []),
        ({"NAME": ":memory:"}, []),
    ],
)
def test_sqlite_that_lets_readers_stop_writers_is_a_warning(monkeypatch, settings_dict, expected):
    class Connection:
        vendor = "sqlite"

    Connection.settings_dict = settings_dict
    monkeypatch.setattr(databases, "connections", {"default": Connection})
    assert [found.id for found in checks.check_database()] == expected


class MySQL:
    """A connection of which only the database's character set is asked."""

    vendor = "mysql"

    def __init__(self, name):
        self.name = name

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, statement):
        assert statement == "SELECT @@character_set_database"

    def fetchone(self):
        return (self.name,)


def test_a_database_without_place_for_all_letters_is_a_warning(monkeypatch):
    monkeypatch.setattr(databases, "connections", {"default": MySQL("latin1")})
    assert checks.check_character_set(databases=["default"]) == [
        Warning(
            "The database 'default' has the character set latin1, which has no place for some of "
            "the letters in names and reports.",
            hint="Run ALTER DATABASE … CHARACTER SET utf8mb4 before `manage.py migrate`.",
            id="clvrec.W007",
        )
    ]


def test_one_that_has_it_is_right(monkeypatch):
    monkeypatch.setattr(databases, "connections", {"default": MySQL("utf8mb4")})
    assert checks.check_character_set(databases=["default"]) == []


@pytest.mark.parametrize("asked", [None, [], ["other"]])
def test_a_check_that_is_not_of_this_database_asks_nothing(monkeypatch, asked):
    monkeypatch.setattr(databases, "connections", {"default": MySQL("latin1")})
    assert checks.check_character_set(databases=asked) == []


@pytest.mark.django_db
def test_the_database_of_these_tests_is_right():
    assert checks.check_character_set(databases=["default"]) == []
