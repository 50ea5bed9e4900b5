"""What Oscar's orders mean: who bought what, and for how much."""

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from oscar.core.loading import get_model

from django_clvrec.contrib.oscar import conf, sources
from django_clvrec.sources import get_source
from django_clvrec.sources.buyers import buyers_of
from tests.integration.oscar.checkout import check_out, put
from tests.integration.oscar.shop import add_person, add_product, buy, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db):
    return add_person("ann@example.com")


def lines(person):
    return get_source().lines_of(str(person.pk))


def items(person, level="product"):
    return {line.items[level] for line in lines(person)}


def test_the_source_of_an_oscar_shop_is_registered():
    assert get_source().name == "oscar"


def test_it_reads_what_oscars_checkout_wrote(client, ann):
    client.force_login(ann, backend="django.contrib.auth.backends.ModelBackend")
    put(client, product("Assam"), 2)
    put(client, product("Flour"))
    order = check_out(client)
    assert {line.order for line in lines(ann)} == {str(order.pk)}
    found = {line.items["product"]: (line.revenue, line.at) for line in lines(ann)}
    assert found == {
        str(product("Assam").pk): (Decimal("10.00"), order.date_placed),
        str(product("Flour").pk): (Decimal("5.00"), order.date_placed),
    }


def test_a_guest_is_no_customer(client):
    rows = get_source().rows()
    known = rows.exclude(order__user=None).count()
    put(client, product("Assam"))
    order = check_out(client, guest="guest@example.com")
    assert (order.user, order.guest_email) == (None, "guest@example.com")
    assert rows.filter(order=order).count() == 1
    assert rows.exclude(order__user=None).count() == known


def test_a_cancelled_order_is_no_purchase(ann):
    order = buy(ann, "Assam", "Sencha")
    assert len(lines(ann)) == 2
    order.set_status("Cancelled")
    assert lines(ann) == []


def test_a_refunded_line_is_no_purchase(ann):
    order = buy(ann, "Assam", "Sencha")
    order.lines.get(title="Assam").set_status("Refunded")
    assert items(ann) == {str(product("Sencha").pk)}


def test_a_shop_names_the_statuses_that_do_not_count(ann, settings):
    buy(ann, "Assam")
    settings.CLVREC_OSCAR = {"uncounted": ["Pending"]}
    assert not sources.counted_lines().filter(order__user=ann).exists()
    settings.CLVREC_OSCAR = {"uncounted": []}
    order = buy(ann, "Assam")
    order.set_status("Cancelled")
    assert sources.counted_lines().filter(order=order).exists()


def test_revenue_is_what_was_paid_after_a_voucher(ann):
    from oscar.test.factories import (
        BenefitFactory,
        ConditionalOfferFactory,
        ConditionFactory,
        RangeFactory,
        VoucherFactory,
    )  # fmt: skip

    everything = RangeFactory(includes_all_products=True)
    offer = ConditionalOfferFactory(
        offer_type="Voucher",
        condition=ConditionFactory(range=everything, type="Count", value=1),
        benefit=BenefitFactory(range=everything, type="Percentage", value=20, max_affected_items=1),
    )
    voucher = VoucherFactory(code="TWENTY")
    voucher.offers.add(offer)
    order = buy(ann, "Assam", voucher=voucher)
    assert order.total_discount_excl_tax == Decimal("1.00")
    assert [line.revenue for line in lines(ann)] == [Decimal("4.00")]


def test_a_variant_is_bought_as_its_parent(ann):
    parent = add_product("Shirt", structure="parent", category=product("Mug").categories.get())
    small = add_product("Small", structure="child", parent=parent)
    buy(ann, small)
    assert items(ann) == {str(parent.pk)}
    assert items(ann, "category") == {str(parent.categories.get().pk)}
    assert get_source().key_of("product", small) == str(parent.pk)


def test_a_product_of_two_categories_is_one_line_in_the_one_of_oscars_breadcrumb(ann):
    both = product("Assam")
    both.categories.add(product("Mug").categories.get())
    buy(ann, both)
    [line] = lines(ann)
    assert line.items["category"] == str(both.get_categories().first().pk)


def test_an_order_keeps_its_revenue_when_its_product_is_deleted(ann):
    gone = add_product("Short-lived")
    buy(ann, gone)
    gone.delete()
    [line] = lines(ann)
    assert (line.items["product"], line.revenue) == (None, Decimal("5.00"))


def test_orders_in_another_currency_count_by_their_rate_only(ann, settings):
    order = buy(ann, "Assam")
    get_model("order", "Order").objects.filter(pk=order.pk).update(currency="EUR")
    assert lines(ann) == []
    settings.CLVREC_OSCAR = {"rates": {"EUR": "0.85"}}
    rows = sources.counted_lines().filter(order=order).annotate(worth=sources.revenue())
    assert [row.worth for row in rows] == [Decimal("4.25")]


@pytest.mark.parametrize("rates", [{"EUR": "much"}, {"EUR": 0}, ["EUR"]])
def test_rates_that_are_none_are_refused_with_an_example(settings, rates):
    settings.CLVREC_OSCAR = {"rates": rates}
    with pytest.raises(ImproperlyConfigured, match=r"such as \{'EUR': '0.85'\}"):
        conf.rates()


def test_buyers_of_a_product_are_told_by_keys_that_are_no_numbers(ann):
    buy(ann, "Mug")
    found = buyers_of(get_source(), "product", str(product("Mug").pk))
    assert str(ann.pk) in set(found)
