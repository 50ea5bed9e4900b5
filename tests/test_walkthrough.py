"""From the demo data to the pages of the shop: load, refresh, look."""

import re

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_clvrec.models import CustomerScore
from example_shop.shop.demo_data import read_demo_data
from example_shop.shop.demo_load import load

SAMPLE = 60


@pytest.fixture
def shop(db, spark):
    load(read_demo_data(now=timezone.now(), sample=SAMPLE))
    call_command("clvrec_refresh", source="ShopPurchases")


def test_a_household_finds_its_lists_on_the_home_page_and_a_newcomer_what_is_popular(
    shop, client, admin_client, django_user_model
):
    known = CustomerScore.objects.live("ShopPurchases").exclude(tier="new").first()
    newcomer = client.get("/").content.decode()
    assert "What everyone is buying" in newcomer

    client.force_login(django_user_model.objects.get(pk=known.customer_key))
    page = client.get("/").content.decode()
    answer = client.get("/clvrec/v1/me/recommendations/?level=product&n=5").json()
    assert answer["source"] == "stored"
    assert "New to your basket" in page
    later = re.search(r'data-clvrec-shelf="([^"]+)"', page)[1]
    shelf = client.get(later).content.decode()
    assert all(item["url"] in shelf for item in answer["results"])

    customer = admin_client.get(f"/admin/clvrec/customerscore/{known.pk}/change/")
    assert customer.status_code == 200
    assert "Recommended now" in customer.content.decode()
