"""A visitor and an admin walk through the shop, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def sign_in(page, name, password, path="/login/"):
    page.goto(path)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def household(page):
    """A household of the sample that has a tier with recommendations."""
    sign_in(page, "household-1", "demo")


def test_an_anonymous_visitor_sees_what_is_popular(page, shoot):
    page.goto("/")
    shelf = page.get_by_role("region", name="What everyone is buying")
    expect(shelf.get_by_role("listitem")).to_have_count(12)
    shoot(page, "newcomer", full_page=True)


@pytest.mark.parametrize("page", ["desktop", "phone"], indirect=True)
def test_a_customer_sees_shelves_of_their_own(page, shoot, request):
    household(page)
    for name in ("Aisles for you", "Buy it again", "New to your basket"):
        expect(page.get_by_role("region", name=name).get_by_role("listitem").first).to_be_visible()
    suffix = "-phone" if "phone" in request.node.name else ""
    shoot(page, f"home{suffix}")


def test_a_customer_buys_and_finds_the_order(page, shoot):
    household(page)
    tile = page.get_by_role("region", name="New to your basket").get_by_role("listitem").first
    bought = tile.get_by_role("heading").inner_text()
    tile.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Cart").click()
    expect(page.get_by_role("main")).to_contain_text(bought)
    shoot(page, "cart")
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("main")).to_contain_text(bought)
    page.get_by_role("link", name="Account").click()
    shoot(page, "account")
    page.get_by_role("link", name=re.compile(r"^Order \d+")).first.click()
    expect(page.get_by_role("main")).to_contain_text(bought)


def test_interests_give_ten_categories(page, shoot):
    page.goto("/interests/")
    page.get_by_label("household", exact=False).first.fill("1")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Recommend ten categories").click()
    answer = page.get_by_role("region", name="Ten categories")
    expect(answer.get_by_role("listitem")).to_have_count(10)
    expect(answer).to_contain_text("interests")
    shoot(page, "interests")


def test_search_product_and_category_pages_open(page, shoot):
    page.goto("/")
    page.get_by_role("searchbox").fill("coffee")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=coffee"))
    found = page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").first
    expect(found).to_be_visible()
    shoot(page, "search")
    found.click()
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()
    shoot(page, "product")
    page.get_by_role("navigation", name="You are here").get_by_role("link").last.click()
    expect(page.get_by_role("main").get_by_role("listitem").first).to_be_visible()
    shoot(page, "category")


def test_an_admin_reviews_tiers_and_snapshots(page, shoot):
    page.goto("/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin")
    page.get_by_role("button", name="Log in").click()
    page.goto("/admin/clvrec/customerscore/")
    shoot(page, "admin-customers")
    page.get_by_role("link", name="High value").first.click()
    expect(page).to_have_url(re.compile("tier=high"))
    page.locator("#result_list tbody th a").first.click()
    expect(page.get_by_role("table", name=re.compile("Recommended now")).first).to_be_visible()
    shoot(page, "admin-customer", full_page=True)
    page.goto("/admin/clvrec/snapshot/")
    expect(page.get_by_role("button", name="Refresh now")).to_be_visible()
    shoot(page, "admin-snapshots")
    page.locator("#result_list tbody th a").first.click()
    shoot(page, "admin-snapshot", full_page=True)
