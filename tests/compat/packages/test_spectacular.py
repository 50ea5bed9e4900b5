"""The app's addresses in the description of a shop's own API."""

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.compat.packages.urls import of_api


@pytest.fixture(scope="module")
def made():
    """The whole description, and what was said while it was made."""
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        found = SchemaGenerator(api_version="").get_schema(request=None, public=True)
    told = [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache]
    return found, told


def alone(patterns):
    with GENERATOR_STATS.silence():
        return SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)


def of_shop(told):
    return {path for path in told["paths"] if path.startswith("/api/")}


def test_it_is_made_without_a_word(made):
    assert made[1] == []


def test_it_is_valid(made):
    validate_schema(made[0])


def test_both_are_in_it(made):
    paths = made[0]["paths"]
    assert {"/api/customers/", "/clvrec/v1/customers/", "/clvrec/v1/events/"} <= {*paths}


def test_the_shops_own_part_is_as_it_would_be_without(made):
    found, own = made[0], alone(of_api)
    assert {path: found["paths"][path] for path in of_shop(found)} == own["paths"]
    schemas = found["components"]["schemas"]
    assert {name: schemas[name] for name in own["components"]["schemas"]} == own["components"][
        "schemas"
    ]


def test_no_operation_has_the_name_of_another(made):
    names = [
        one["operationId"]
        for methods in made[0]["paths"].values()
        for one in methods.values()
        if "operationId" in one
    ]
    assert len(names) == len({*names}) > 20


def test_every_component_of_ours_is_named_so_that_it_can_be_told(made):
    own = {*alone(of_api)["components"]["schemas"]}
    more = {*made[0]["components"]["schemas"]} - own
    assert more
    assert {name for name in more if not name.startswith(("Clvrec", "PaginatedClvrec"))} == set()
