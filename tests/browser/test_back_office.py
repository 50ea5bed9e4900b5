"""Every page of the back office, in a real browser: whole, readable, and under a strict policy."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
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
LOOKS = [("desktop", "light"), ("phone", "dark")]


def open_page(page, name):
    page.goto(PAGES[name])
    if name in OF_ONE:
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_load_state()


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


@pytest.mark.parametrize(("locale", "tier"), [("pt-BR", "Alto valor"), ("zh-CN", "高价值")])
def test_the_dashboard_speaks_the_reader_s_language(browser, shop_url, shoot, locale, tier):
    with opened(browser, shop_url, locale=locale) as page:
        sign_in_to_admin(page)
        page.goto(PAGES["dashboard"])
        expect(page.get_by_role("link", name=tier).first).to_be_visible()
        shoot(page, f"admin-dashboard-{locale}", full_page=True)


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


def test_a_group_is_counted_as_one_filters_and_exported(admin):
    admin.goto(PAGES["customers"])
    figure = admin.locator("[data-clvrec-figure=size]")
    everyone = figure.inner_text()
    admin.get_by_text("Filter", exact=True).first.click()
    admin.get_by_label("Overall score from").fill("8")
    expect(figure).not_to_have_text(everyone)
    admin.get_by_role("button", name="Show customers").click()
    count = int(re.match(r"[\d,]+", figure.inner_text())[0].replace(",", ""))
    with admin.expect_download() as saved:
        admin.get_by_role("link", name=re.compile("CSV")).click()
    lines = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == count + 1


def test_two_groups_are_saved_and_compared(admin, shoot):
    admin.goto(HIGH)
    admin.get_by_label("Save these conditions as").fill("The best")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("link", name="The best")).to_be_visible()
    admin.goto("/admin/clvrec/customerscore/?segment=at_risk")
    admin.get_by_label("with", exact=True).select_option("The best")
    admin.get_by_role("button", name="Compare groups").click()
    expect(admin.locator("#content")).to_contain_text("The best")
    shoot(admin, "admin-compare-groups", full_page=True)


def test_a_refresh_is_watched_compared_and_rolled_back(admin, shoot):
    """The whole of run control, in the order in which one uses it."""
    admin.goto(PAGES["dashboard"])
    admin.get_by_role("button", name="Refresh now").click()
    bar = admin.get_by_role("progressbar", name="How much of the refresh is done")
    expect(bar).to_be_visible(timeout=20_000)
    shoot(admin, "admin-running", is_quiet=False)
    said = admin.locator("[data-clvrec-run]")
    expect(said).to_contain_text("The last refresh finished", timeout=300_000)
    expect(bar).to_be_hidden()
    admin.get_by_role("link", name="Compare two snapshots").click()
    expect(admin.get_by_role("heading", name="Customers who moved")).to_be_visible()
    before = admin.get_by_label("Before").locator("option:checked").inner_text().split(" · ")[0]
    admin.goto(PAGES["snapshots"])
    admin.get_by_role("link", name=before, exact=True).click()
    admin.get_by_role("link", name=re.compile("Make .*live|Roll back")).first.click()
    shoot(admin, "admin-activate")
    admin.get_by_role("button", name=re.compile("live")).click()
    expect(admin.get_by_text(f"{before} is live now.")).to_be_visible()
