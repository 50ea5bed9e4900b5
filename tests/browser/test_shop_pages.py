"""Every page of the shop is readable, on every screen and for who hears it."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import opened
from tests.browser.test_walkthrough import household

pytestmark = pytest.mark.browser

FOR_ALL = ("/", "/login/", "/join/", "/interests/", "/search/?q=coffee", "/cart/")
FOR_CUSTOMERS = ("/", "/cart/", "/account/")
LOOKS = [("desktop", "light"), ("phone", "dark")]


@pytest.fixture(params=LOOKS, ids=["desktop light", "phone dark"])
def visitor(browser, shop_url, request):
    size, scheme = request.param
    with opened(browser, shop_url, size, scheme, bypass_csp=True) as page:
        yield page


def looked_at(page):
    """Each shelf is fetched as it comes near, so go down to the end."""
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    return violations(page)


def test_pages_for_everybody(visitor):
    for address in FOR_ALL:
        visitor.goto(address)
        assert looked_at(visitor) == [], address


def test_pages_of_a_customer(visitor):
    household(visitor)
    for address in FOR_CUSTOMERS:
        visitor.goto(address)
        assert looked_at(visitor) == [], address
    visitor.goto("/")
    tile = visitor.get_by_role("region", name="Buy it again").get_by_role("listitem").first
    tile.get_by_role("heading").get_by_role("link").click()
    expect(visitor.get_by_role("button", name="Add to cart")).to_be_visible()
    assert looked_at(visitor) == []
    visitor.get_by_role("navigation", name="You are here").get_by_role("link").last.click()
    assert looked_at(visitor) == []


def test_a_shelf_changes_with_what_was_bought(page):
    household(page)
    page.goto("/")
    shelf = page.get_by_role("region", name="New to your basket")
    tile = shelf.get_by_role("listitem").first
    tile.scroll_into_view_if_needed()
    bought = tile.get_attribute("data-clvrec-item")
    tile.get_by_role("button", name="Add").click()
    page.goto("/cart/")
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name="Place the order").click()
    page.goto("/")
    shelf.get_by_role("listitem").first.scroll_into_view_if_needed()
    expect(shelf.get_by_role("listitem")).to_have_count(12)
    assert bought not in [
        one.get_attribute("data-clvrec-item") for one in shelf.get_by_role("listitem").all()
    ]
