"""Keys that differ in anything are different, on every database."""

import pytest
from django.apps import apps
from django.db import connection, models

from django_clvrec.models import CustomerScore, SourceState
from django_clvrec.serving import recommend
from tests.shelf import Shelf, product

pytestmark = pytest.mark.django_db

ALIKE = ["a", "A", "á", "a ", " a", "ａ", "e\u0301", "é", "ß", "ss", "🥐", "🥖"]
"""To many a collation some of these are the same."""
FOR_PEOPLE = {
    "CustomerGroup.created_by",
    "Experiment.key",  # unique whatever its case, which does no harm
    "Experiment.name",
    "MerchandisingRule.name",
    "Quarantine.decided_by",
    "Recommendation.model",
    "Snapshot.cancelled_by",
    "Snapshot.engine",
    "Snapshot.folder",
    "Snapshot.stage",
    "ShownList.answer_source",
}
"""Nobody is mixed up by them."""


def texts():
    for model in apps.get_app_config("clvrec").get_models():
        for field in model._meta.concrete_fields:
            name = f"{model.__name__}.{field.name}"
            if isinstance(field, models.CharField) and not field.choices and name not in FOR_PEOPLE:
                yield pytest.param(field, id=name)


@pytest.mark.parametrize("field", list(texts()))
def test_a_text_that_is_compared_has_a_collation_that_compares_all(field):
    class MariaDB:
        vendor = "mysql"
        mysql_is_mariadb = True
        data_types = connection.data_types
        data_type_check_constraints = connection.data_type_check_constraints
        ops = connection.ops

    assert field.db_parameters(MariaDB)["collation"] == "utf8mb4_nopad_bin"


def test_customers_whose_keys_are_alike_are_different_customers():
    shelf = Shelf()
    for key in ALIKE:
        shelf.score(key)
    for key in ALIKE:
        assert CustomerScore.objects.get(customer_key=key).customer_key == key
    assert CustomerScore.objects.filter(customer_key__in=ALIKE[:2]).count() == 2
    counted = CustomerScore.objects.order_by().values("customer_key").annotate(n=models.Count("pk"))
    assert {row["n"] for row in counted} == {1}


def test_each_is_shown_the_list_of_its_own():
    shelf = Shelf()
    items = {key: product(f"Product {number}") for number, key in enumerate(ALIKE)}
    for key, item in items.items():
        shelf.score(key)
        shelf.recommended(key, item)
    for key, item in items.items():
        [first] = recommend(key, "product", 1)
        assert first.key == str(item.pk)


def test_keys_come_in_the_order_of_their_characters():
    shelf = Shelf()
    for key in ALIKE:
        shelf.score(key)
    keys = CustomerScore.objects.order_by("customer_key").values_list("customer_key", flat=True)
    # what is read in order is compared in Python by nobody, but pages must not lose anybody
    assert {*keys} == {*ALIKE}


def test_sources_are_told_apart_too():
    for name in ("shop", "Shop", "shop "):
        Shelf(name)
    assert SourceState.objects.count() == 3
    assert SourceState.objects.filter(source="shop").count() == 1
