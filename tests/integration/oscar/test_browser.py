"""A visitor registers and buys from a shelf, through Oscar's checkout; it is gone from there."""

import shutil
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from django_clvrec.models import Feedback
from tests.integration.oscar.checkout import ADDRESS, add_country
from tests.integration.oscar.shop import PASSWORD

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)


@pytest.fixture
def shop(refilled, live_server):
    add_country()
    return live_server.url


@contextmanager
def opened(shop):
    """A page whose console must stay clean, and whose requests must stay in the shop."""
    wrong = []
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        found = browser.new_page(base_url=shop)
        host = urlsplit(shop).netloc
        found.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        found.on("pageerror", lambda error: wrong.append(str(error)))
        found.on(
            "request",
            lambda sent: urlsplit(sent.url).netloc not in {host, ""} and wrong.append(sent.url),
        )
        yield found
        browser.close()
    assert wrong == []


def tiles(page):
    return page.locator(".clvrec-shelf [data-clvrec-item]")


def register(page):
    page.goto("/accounts/login/")
    page.locator("[name=registration-email]").fill("newcomer@example.com")
    page.locator("[name=registration-password1]").fill(PASSWORD)
    page.locator("[name=registration-password2]").fill(PASSWORD)
    page.locator("[name=registration_submit]").click()
    expect(page.locator("body")).to_contain_text("Thanks for registering")


def check_out(page):
    page.goto("/checkout/")
    for name, value in ADDRESS.items():
        if name != "country":
            page.locator(f"[name={name}]").fill(value)
    page.locator("#new_shipping_address [type=submit]").click()
    page.locator("#view_preview").click()
    page.locator("#place-order").click()
    page.wait_for_url("**/checkout/thank-you/")


def keys(page):
    expect(tiles(page)).to_have_count(6)
    return [one.get_attribute("data-clvrec-item") for one in tiles(page).all()]


def test_a_visitor_registers_and_buys_and_what_was_bought_is_gone_from_the_shelf(shop):
    with opened(shop) as page:
        register(page)
        page.goto("/catalogue/")
        first, *_ = keys(page)
        tiles(page).first.locator("h3 a").click()
        page.locator("#add_to_basket_form [type=submit]").click()
        expect(page.locator(".alert-success").first).to_contain_text("has been added")
        check_out(page)
        page.goto("/catalogue/")
        assert first not in keys(page)
    kinds = Feedback.objects.filter(item_key=first, shown_list__level="product")
    assert set(kinds.values_list("kind", flat=True)) == {"clicked", "bought"}
