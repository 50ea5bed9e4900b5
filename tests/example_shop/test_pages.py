"""Looking around the shop."""

import re
from pathlib import Path

import pytest

import example_shop.shop
from example_shop.shop.models import Category, Department, OrderLine, Product

TEMPLATES = Path(example_shop.shop.__file__).parent / "templates"


@pytest.fixture
def product(shop):
    return Product.objects.for_sale().first()


def test_newcomers_are_greeted(client, shop):
    assert "The grocer who remembers" in client.get("/").content.decode()


def test_customers_are_greeted_by_name(client, household):
    assert household.get_full_name() in client.get("/").content.decode()


def test_a_department_shows_its_categories(client, shop):
    department = Department.objects.get(slug="dairy")
    page = client.get(department.get_absolute_url()).content.decode()
    assert all(str(each.pk) in page for each in department.categories.all())


def test_a_category_shows_its_products_the_best_selling_first(client, product):
    page = client.get(product.category.get_absolute_url())
    times = [each.times_bought for each in page.context["page"]]
    assert product in page.context["page"]
    assert times == sorted(times, reverse=True)


def test_a_kind_shows_only_its_products(client, product):
    page = client.get(product.product_type.get_absolute_url())
    assert {each.product_type for each in page.context["page"]} == {product.product_type}


def test_a_product_shows_its_price(client, product):
    page = client.get(product.get_absolute_url()).content.decode()
    assert f"${product.price}" in page


def test_what_is_not_sold_any_more_has_no_button(client, product):
    Product.objects.filter(pk=product.pk).update(is_sellable=False)
    page = client.get(product.get_absolute_url()).content.decode()
    assert "not sold any more" in page
    assert "Add to cart" not in page


def test_search_finds_products_that_hold_every_word(client, shop):
    page = client.get("/search/", {"q": "MILK white"})
    assert page.context["page"].paginator.count
    assert all("white milk" in each.name.lower() for each in page.context["page"])


@pytest.mark.parametrize(
    "q", ["", "  ", "no such thing at all", "%", "'\"<script>", "milk " * 2000]
)
def test_search_bears_any_words(client, shop, q):
    page = client.get("/search/", {"q": q})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode()


@pytest.mark.parametrize("url", ["/department/none/", "/category/0/", "/type/0/", "/product/0/"])
def test_what_is_not_there_is_not_found(client, shop, url):
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", ["/", "/search/?q=milk", "/department/dairy/", "/cart/"])
def test_pages_need_few_queries(client, household, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(25 if url == "/" else 10):
        client.get(url)


def test_a_shelf_needs_as_many_queries_for_many_products_as_for_one(
    client, product, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        client.get(product.category.get_absolute_url())
    with django_assert_max_num_queries(6):
        client.get(product.get_absolute_url())


def test_templates_hold_no_inline_style_and_no_script():
    for template in TEMPLATES.rglob("*.html"):
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", template.read_text()), template


def test_every_icon_is_drawn(shop):
    drawn = (TEMPLATES.parent / "static/shop/icons.svg").read_text()
    used = {each.icon for each in Category.objects.all()}
    used |= set(Department.objects.values_list("slug", flat=True))
    assert not {icon for icon in used if f'id="{icon}"' not in drawn}


def test_interests_are_shown_in_the_demo_only(client, shop, settings):
    settings.DEBUG = False
    assert client.get("/interests/").status_code == 404
    settings.DEBUG = True
    assert client.get("/interests/").status_code == 200


def test_interests_ask_for_a_household_that_there_is(client, shop, settings):
    settings.DEBUG = True
    page = client.get("/interests/", {"customer": 999_999})
    assert "No household has this number" in page.content.decode()


def test_a_line_knows_the_price_of_one(shop):
    line = OrderLine(quantity=4, line_total=10)
    assert line.unit_price == 2.5
