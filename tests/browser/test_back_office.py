"""Every page of the back office, in a real browser: whole, readable, and under a strict policy."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import opened, sign_in_to_admin

pytestmark = pytest.mark.browser

HIGH = "/admin/clvrec/customerscore/?tier=high"
PAGES = {
    "dashboard": "/admin/clvrec/",
    "customers": "/admin/clvrec/customerscore/",
    "customer": HIGH,
    "snapshots": "/admin/clvrec/snapshot/",
    "snapshot": "/admin/clvrec/snapshot/",
    "compare": "/admin/clvrec/snapshot/compare/",
    "segment-table": "/admin/clvrec/segmenttable/add/",
    "rule": "/admin/clvrec/merchandisingrule/add/",
    "experiment": "/admin/clvrec/experiment/add/",
    "tier-changes": "/admin/clvrec/tierchange/",
    "segment-changes": "/admin/clvrec/segmentchange/",
    "explored-items": "/admin/clvrec/banditarm/",
}
OF_ONE = ("customer", "snapshot")
"""Pages of one row, to which its list leads."""
SERIOUS = ("serious", "critical")
LOOKS = [("desktop", "light"), ("phone", "dark")]


def open_page(page, name):
    page.goto(PAGES[name])
    if name in OF_ONE:
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_load_state()


def violations(page):
    """What axe calls serious, by rule and element."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.fixture(scope="module", params=LOOKS, ids=["desktop light", "phone dark"])
def office(browser, shop_url, request):
    """An admin with one of two screens. axe itself breaks the policy, for it tries styles out."""
    size, scheme = request.param
    with opened(browser, shop_url, size, scheme, bypass_csp=True) as page:
        sign_in_to_admin(page)
        page.suffix = "" if size == "desktop" else "-phone"
        yield page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_on_every_screen(office, shoot, name):
    open_page(office, name)
    shoot(office, f"admin-{name}{office.suffix}", full_page=True)
    assert violations(office) == []
    width = office.evaluate("document.documentElement.scrollWidth")
    assert width <= office.viewport_size["width"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_policy(admin, name):
    open_page(admin, name)
    admin.wait_for_load_state("networkidle")
    expect(admin.locator("#content")).to_be_visible()


@pytest.mark.parametrize("name", ["dashboard", "customers", "customer", "snapshots", "snapshot"])
def test_a_page_works_with_django_unfold(browser, unfold_url, shoot, name):
    with opened(browser, unfold_url) as page:
        sign_in_to_admin(page)
        open_page(page, name)
        expect(page.locator("body")).to_contain_text(re.compile("tier|snapshot", re.IGNORECASE))
        shoot(page, f"unfold-{name}", full_page=True)


def test_a_picture_is_saved_as_csv_svg_and_png(admin):
    admin.goto(PAGES["dashboard"])
    beginnings = {"CSV": b"\xef\xbb\xbf", "SVG": b"<svg", "PNG": b"\x89PNG"}
    for form, beginning in beginnings.items():
        with admin.expect_download() as saved:
            admin.get_by_role("link", name=f"Tiers as {form}").click()
        assert Path(saved.value.path()).read_bytes().startswith(beginning)


def test_three_clicks_find_who_is_valuable_and_at_risk(admin):
    admin.goto(PAGES["dashboard"])
    admin.get_by_role("link", name=re.compile("^At risk")).click()
    admin.get_by_role("link", name=re.compile("^High value")).first.click()
    admin.locator("#result_list tbody th a").first.click()
    expect(admin.get_by_role("heading", name="Why this tier")).to_be_visible()
    expect(admin.locator("main")).to_contain_text("At risk")


def test_staff_see_the_shop_as_a_customer_does(admin):
    open_page(admin, "customer")
    admin.get_by_role("button", name="See the shop as this customer").click()
    expect(admin).to_have_url(re.compile(r"/$"))
    shelf = admin.get_by_role("region", name="Buy it again")
    expect(shelf.get_by_role("listitem").first).to_be_visible()
