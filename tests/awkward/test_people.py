"""Buyers with UUIDs who are no users, and guests who are known by an address."""

import pytest

from django_clvrec.checks import check_sources
from django_clvrec.feedback.subjects import subjects_of
from django_clvrec.models import Recommendation
from django_clvrec.policy import Policy
from django_clvrec.sources import registered
from tests.awkward.desk import everything, figures, key, refresh, run
from tests.awkward_shop.models import Buyer, Order
from tests.records import recorded

ANN = "ann@example.com"


@pytest.fixture
def buyers(shop, policy, user):
    """Ann has an account, and bought what nobody else did; Eve has one and bought nothing."""
    policy(run("class BuyerPolicy")["BuyerPolicy"])
    run("class ShopPurchases")
    shop.crowd("tea", "jam", "oats", "rye")
    ann, eve = user("ann"), user("eve")
    Buyer.of(ANN, ann)
    shop.bought(ANN, "tea", "jam", days_ago=30)
    shop.bought(ANN, "tea", days_ago=20)
    refresh()
    return ann, eve


def product_keys(shop, *names):
    return {str(shop.product(name).pk) for name in names}


def test_a_buyer_is_known_by_their_account(buyers, shop, ask):
    ann, _ = buyers
    assert figures()[key(ANN)] == (20, 2, "3.0000", 30)
    bought = product_keys(shop, "tea", "jam")
    assert {*ask(user=ann, intent="again")} == bought
    assert {*ask(user=ann)} == product_keys(shop, "oats", "rye")


def test_a_user_who_is_no_buyer_is_nobody(buyers, shop, ask):
    _, eve = buyers
    assert ask(user=eve, intent="again") == []
    assert {*ask(user=eve)} == product_keys(shop, "tea", "jam", "oats", "rye")


def test_what_a_buyer_buys_now_is_not_recommended_next(buyers, shop, ask):
    ann, _ = buyers
    order = shop.order(ANN, days_ago=-1)
    shop.line(order, "oats", 100)
    assert {*ask(user=ann)} == product_keys(shop, "rye")


def test_without_a_policy_the_shop_is_warned(shop):
    run("class ShopPurchases")
    assert "clvrec.W004" in [found.id for found in check_sources()]


class Raw(Policy):
    """Gives the key as the model has it."""

    def customer_key(self, request):
        return Buyer.objects.get(account=request.user).pk


def test_a_key_that_is_no_text_is_the_customers_all_the_same(buyers, shop, ask, policy, rf):
    ann, _ = buyers
    raw = policy(Raw)
    assert {*ask(user=ann, intent="again")} == product_keys(shop, "tea", "jam")
    request = rf.get("/")
    request.user = ann
    assert subjects_of(request)[0].key == str(raw.customer_key(request))


SPELLINGS = ("Ann@Example.com", " ann@example.com", "ANN@EXAMPLE.COM")


@pytest.fixture
def guests(shop):
    """One person, who wrote the address in three ways."""
    shop.crowd("tea", "jam", "oats", "rye")
    for days_ago, spelling in enumerate(SPELLINGS, 1):
        shop.bought("", "tea", days_ago=days_ago, email=spelling)
    return shop


def test_orders_of_guests_come_together_in_a_table_of_buyers(guests, policy, user, ask):
    run("class ShopPurchases")
    run("def link_buyers")["link_buyers"]()
    refresh()
    assert figures()[key(ANN)] == (1, 3, "3.0000", 3)
    policy(run("class BuyerPolicy")["BuyerPolicy"])
    ann = user("ann")
    assert ask(user=ann, intent="again") == []
    Buyer.of("ANN@example.com", ann)
    assert {*ask(user=ann, intent="again")} == product_keys(guests, "tea")


def test_in_a_table_of_buyers_addresses_are_told_nowhere_either(guests):
    run("class ShopPurchases")
    with recorded() as records:
        run("def link_buyers")["link_buyers"]()
        refresh()
    assert key(ANN) in everything()
    for text in (everything(), repr([vars(record) for record in records.found])):
        assert "example.com" not in text.lower()


def test_an_order_of_nobody_stays_one(guests):
    guests.bought("", "tea")
    run("def link_buyers")["link_buyers"]()
    assert Order.objects.filter(buyer=None).count() == 1


@pytest.fixture
def addresses(guests, policy, pseudonyms):
    """Addresses are keys, and pseudonyms what is stored."""
    for order in Order.objects.exclude(buyer=None):
        Order.objects.filter(pk=order.pk).update(email=order.buyer.email, buyer=None)
    found = run("class AddressPurchases")
    policy(found["AddressPolicy"])
    return guests


def test_addresses_are_one_customer_in_every_spelling(addresses, user, ask):
    refresh()
    ann = user("ann")
    assert (1, 3, "3.0000", 3) in figures().values()
    assert len(figures()) == 7
    assert {*ask(user=ann, intent="again")} == product_keys(addresses, "tea")
    assert {*ask(user=ann)} == product_keys(addresses, "jam", "oats", "rye")


def test_addresses_are_told_nowhere(addresses, user, ask, admin_client):
    with recorded() as records:
        refresh()
        ask(user=user("ann"))
    assert records.found
    assert Recommendation.objects.exists()
    page = admin_client.get("/admin/clvrec/customerscore/").content.decode()
    told = [everything(), repr([vars(record) for record in records.found]), page]
    assert "p-" in told[0]
    for text in told:
        assert "@example.com" not in text.lower()


def test_addresses_need_pseudonyms_and_one_spelling(addresses, settings):
    def told():
        return [found.id for found in check_sources() if found.id >= "clvrec.W013"]

    assert told() == []
    settings.CLVREC = settings.CLVREC | {"PSEUDONYM_KEY": None}
    assert told() == ["clvrec.W013"]
    [source] = registered().values()
    type(source).customer = "order__email"
    assert told() == ["clvrec.W013", "clvrec.W014"]
