"""Shelves on Oscar's pages, through the shop's own templates and customers."""

import re

import pytest
from django.db import connection
from django.template import engines
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.integration.oscar.checkout import check_out, put
from tests.integration.oscar.pages import shelves, text_of
from tests.integration.oscar.shop import TASTES, add_product, product

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
HOME = "/catalogue/"


@pytest.fixture
def ann(client, django_user_model):
    """Who has bought all of the tea but one."""
    found = django_user_model.objects.get(email="tea0@example.com")
    client.force_login(found, backend=BACKEND)
    return found


def of_taste(name):
    return {str(product(one).pk) for one in TASTES[name]}


def test_the_home_page_shows_what_is_to_the_visitors_taste(client, ann):
    missing = str(product(TASTES["tea"][-1]).pk)
    assert shelves(client.get(HOME))["For you"][0] == missing


def test_a_visitor_whom_nobody_knows_is_shown_what_is_popular(client):
    assert len(shelves(client.get(HOME))["For you"]) == 6


@pytest.mark.parametrize("address", ["/search/?q=tea", "category"])
def test_other_lists_of_products_have_no_shelf(client, address):
    if address == "category":
        address = product("Mug").categories.get().get_absolute_url()
    response = client.get(address)
    assert response.status_code == 200
    assert shelves(response) == {}


def test_the_page_of_a_product_has_oscars_own_list_filled_and_a_shelf_for_the_visitor(client, ann):
    response = client.get(product("Espresso").get_absolute_url())
    assert "Recommended items" in text_of(response)
    assert [*shelves(response)] == ["For you"]


def test_where_oscars_own_list_is_not_filled_a_shelf_says_what_goes_with_a_product(
    client, settings
):
    settings.CLVREC_OSCAR = {"recommended_products": 0}
    found = shelves(client.get(product("Espresso").get_absolute_url()))
    assert found["Goes with this"]
    assert {*found["Goes with this"]} <= of_taste("coffee")


def test_the_shops_own_template_of_a_product_goes_on_working(client):
    response = client.get(product("Espresso").get_absolute_url())
    assert "From a shop of our own." in text_of(response)


def test_the_page_of_a_variant_is_answered_as_that_of_its_parent(client, settings):
    settings.CLVREC_OSCAR = {"recommended_products": 0}
    parent = product("Espresso")
    parent.structure = "parent"
    parent.save()
    variant = add_product("Small", structure="child", parent=parent)
    found = shelves(client.get(variant.get_absolute_url()))
    assert {*found["Goes with this"]} <= of_taste("coffee") - {str(parent.pk)}


def test_the_basket_page_shows_what_goes_with_the_basket(client):
    put(client, product("Espresso"))
    put(client, product("Mug"))
    found = shelves(client.get("/basket/"))["Goes with what is in your basket"]
    assert found
    assert {*found} <= of_taste("coffee") - {str(product(one).pk) for one in ("Espresso", "Mug")}


def test_an_empty_basket_is_no_empty_page(client):
    assert len(shelves(client.get("/basket/"))["For you"]) == 6


def test_the_shelf_stands_outside_of_what_oscars_script_replaces(client):
    put(client, product("Espresso"))
    html = client.get("/basket/").content.decode()
    replaced = html.index('id="content_inner"')
    depth = 0
    for tag in re.finditer(r"<(/?)div\b", html[replaced - 5 :]):
        depth += -1 if tag[1] else 1
        if not depth:
            break
    assert "clvrec-shelf" not in html[replaced : replaced + tag.start()]
    assert "clvrec-shelf" in html[replaced + tag.start() :]


def test_what_was_bought_is_gone_from_the_next_page(
    client, ann, django_capture_on_commit_callbacks
):
    wanted = product(TASTES["tea"][-1])
    put(client, wanted)
    with django_capture_on_commit_callbacks(execute=True):
        check_out(client)
    assert str(wanted.pk) not in shelves(client.get(HOME))["For you"]


def test_tiles_are_those_of_the_shop_with_its_prices_and_buttons(client):
    html = client.get(HOME).content.decode()
    shelf = html[html.index("clvrec-shelf") : html.index("</section>", html.index("clvrec-shelf"))]
    assert shelf.count('class="product_pod"') == 6
    assert shelf.count("£5.00") == 6
    assert shelf.count("Add to cart") == 6


TAGS = {
    "for you": "{% recommendations 'product' n=N %}",
    "goes with": "{% related product 'product' n=N %}",
}

MOST = {"for you": 12, "goes with": 18}
"""Eight of them fetch products with all that Oscar's tiles ask of them, twice where what is bought
together is too little and what the same customers buy follows."""


def queries(request, text):
    """Of one piece of a page; context processors, which look at the basket, included."""
    template = engines["django"].from_string("{% load clvrec %}" + text)
    context = {"product": product("Espresso")}
    template.render(context, request)  # what is read once for each snapshot
    with CaptureQueriesContext(connection) as found:
        template.render(context, request)
    return len(found)


@pytest.mark.parametrize("tag", TAGS)
def test_a_shelf_takes_as_many_queries_however_long_it_is(client, ann, tag):
    request = client.get(HOME).wsgi_request
    none, two, five = (
        queries(request, text) for text in ("", *(TAGS[tag].replace("N", n) for n in "25"))
    )
    assert two == five
    assert five - none <= MOST[tag]


@pytest.mark.parametrize("address", [HOME, "/basket/", "product"])
def test_a_visitor_sees_no_tier_score_or_spend(client, ann, address):
    put(client, product("Espresso"))
    if address == "product":
        address = product("Espresso").get_absolute_url()
    response = client.get(address)
    words = text_of(response).lower().split()
    assert not {"tier", "score", "segment", "recency", "frequency", "monetary"} & {*words}
    spent = sum(
        line.line_price_incl_tax for order in ann.orders.all() for line in order.lines.all()
    )
    assert str(spent) not in text_of(response)


def test_customers_may_not_ask_for_what_is_known_of_customers(client, ann):
    assert client.get(reverse("clvrec:customers")).status_code in {401, 403, 404}
