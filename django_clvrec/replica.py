"""Which database visitors are answered from, and what is done where that one is behind."""

from collections.abc import Callable
from typing import TypeVar

from django.db import Error, router

from django_clvrec.conf import get_config
from django_clvrec.models import Snapshot, write_database
from django_clvrec.watching import degraded

T = TypeVar("T")


def read_database() -> str:
    """READ_DATABASE, or what routers say. It may be behind what was written just now."""
    return str(get_config()["READ_DATABASE"] or router.db_for_read(Snapshot))


def read_through(find: Callable[[str], T], is_whole: Callable[[T], bool] = bool) -> T:
    """What `find` gives in the read database, or in the write database where that is not whole.

    It is for what never changes under the number of its snapshot, so that two databases cannot
    tell two things of it. Behind one alias there may be several replicas, and one of them later
    than the one that told which snapshot is live. One query, two where the first is not enough.
    """
    reads, writes = read_database(), write_database()
    found = find(reads)
    if reads == writes or is_whole(found):
        return found
    try:
        return find(writes)
    except Error as error:  # a replica serves on while the other one is away
        degraded("replica", "The write database cannot be asked: %s", type(error).__name__)
        return found
