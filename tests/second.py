"""Another database beside that of the tests: on the same server, or in memory too."""

from contextlib import contextmanager
from copy import deepcopy

from django.db import connections

NAME = "clvrec_second"


@contextmanager
def second_database(alias):
    """With the tables of this version, under an alias that is gone afterwards."""
    whole = deepcopy(connections.settings["default"])
    is_in_memory = "memory" in whole["NAME"]
    # a name of its own for each process of the run, as the first one has
    whole["TEST"]["NAME"] = None if is_in_memory else f"{whole['NAME']}_{alias}"
    connections.settings[alias] = whole | {"NAME": NAME}
    try:
        creation = connections[alias].creation
        creation.create_test_db(verbosity=0, autoclobber=True)
        yield connections[alias]
        creation.destroy_test_db(NAME, verbosity=0)
    finally:
        connections[alias].close()
        del connections[alias], connections.settings[alias]
