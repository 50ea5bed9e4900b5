"""What an Oscar shop shows: what is public and can be bought, by Oscar's own strategy."""

from decimal import Decimal

import pytest

from django_clvrec.conf import load_class
from django_clvrec.serving import recommend, related
from django_clvrec.sources import get_source
from tests.integration.oscar.pages import shelves
from tests.integration.oscar.shop import add_person, add_product, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy():
    return load_class("POLICY")()


def shown(policy, *products, level="product"):
    found = policy.sellable(get_source(), level, [str(one.pk) for one in products])
    return [found.get(str(one.pk)) == one for one in products]


def hide(one):
    one.is_public = False
    one.save()


def sell_out(one):
    one.stockrecords.update(num_in_stock=3, num_allocated=3)


def forget_price(one):
    one.stockrecords.all().delete()


@pytest.mark.parametrize("lose", [hide, sell_out, forget_price])
def test_what_cannot_be_bought_is_on_no_shelf(client, policy, lose):
    mug, kettle = product("Mug"), product("Kettle")
    assert shown(policy, mug, kettle) == [True, True]
    lose(mug)
    assert shown(policy, mug, kettle) == [False, True]
    answer = recommend(None, "product", 18)
    assert len(answer) == 17
    assert str(mug.pk) not in {item.key for item in answer}
    assert str(mug.pk) not in {item.key for item in related([str(kettle.pk)], "product", 18)}
    assert str(mug.pk) not in shelves(client.get("/catalogue/"))["For you"]


def test_what_is_not_counted_in_stock_can_always_be_bought(policy):
    mug = product("Mug")
    sell_out(mug)
    mug.product_class.track_stock = False
    mug.product_class.save()
    assert shown(policy, mug) == [True]


def test_a_parent_is_sold_while_one_of_its_public_variants_is(policy):
    parent = add_product("Shirt", structure="parent")
    small, large = (
        add_product(name, structure="child", parent=parent) for name in ("Small", "Large")
    )
    assert shown(policy, parent, small) == [True, False]
    sell_out(small)
    assert shown(policy, parent) == [True]
    hide(large)
    assert shown(policy, parent) == [False]


def test_a_hidden_category_is_on_no_shelf_nor_are_those_below_it(policy):
    category = product("Mug").categories.get()
    below = category.add_child(name="Large mugs")
    assert shown(policy, category, below, level="category") == [True, True]
    category.is_public = False
    category.save()
    assert shown(policy, category, below, level="category") == [False, False]


def test_many_products_take_as_many_queries_as_few(policy, django_assert_num_queries):
    keys = [str(pk) for pk in product("Mug").__class__.objects.values_list("pk", flat=True)]
    with django_assert_num_queries(8):
        policy.sellable(get_source(), "product", keys[:2])
    with django_assert_num_queries(8):
        found = policy.sellable(get_source(), "product", keys)
        for one in found.values():
            policy.price_of(one), policy.category_of(one), policy.image_of(one)


def test_the_catalogue_comes_as_oscar_lists_it(policy):
    first, last = product("Mug"), add_product("Newest")
    first.priority = 5
    first.save()
    found = list(policy.catalogue(get_source(), "product"))
    assert found[:2] == [str(first.pk), str(last.pk)]


def test_a_price_is_that_of_oscars_strategy_in_the_shops_currency(policy):
    assert policy.price_of(product("Mug")) == Decimal("5.00")
    assert policy.price_text(Decimal("5.00")) == "£5.00"
    assert policy.price_of(add_product("Priceless", price=None)) is None


def test_the_category_of_a_product_is_that_of_the_source(policy):
    mug = product("Mug")
    assert policy.category_of(mug) == str(mug.categories.get().pk)


def test_only_staff_with_the_permission_may_look(client, policy, rf, django_user_model):
    request = rf.get("/")
    request.user = add_person("partner@example.com")
    assert not policy.may_inspect(request)
    request.user.is_staff = True
    assert not policy.may_inspect(request)
    request.user.is_superuser = True
    assert policy.may_inspect(request)


def test_a_customer_is_known_by_the_key_of_the_shops_own_user(policy, rf):
    request = rf.get("/")
    request.user = add_person("ann@example.com")
    assert policy.customer_key(request) == str(request.user.pk)
