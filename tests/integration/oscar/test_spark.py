"""The same shop, trained with Spark."""

import pytest

from django_clvrec.models import Snapshot
from django_clvrec.pipeline import refresh
from django_clvrec.serving import recommend
from tests.integration.oscar.shop import CUSTOMERS, TASTES, product


@pytest.mark.django_db(transaction=True)
def test_a_refresh_with_spark_knows_all_customers_and_their_tastes(refilled, django_user_model):
    live = refresh(engine="spark")
    assert live.state == Snapshot.State.READY
    assert live.report["engine"] == "spark"
    assert live.report["customers"] == CUSTOMERS * len(TASTES)

    ann = django_user_model.objects.get(email="tea0@example.com")
    [first, *_] = recommend(str(ann.pk), "product", 3)
    assert first.key == str(product(TASTES["tea"][-1]).pk)
