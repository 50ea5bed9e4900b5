"""Shelves that come later, in a real browser: nothing moves, and all can be reached."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.reports import EVENTS, KEPT, answer_of, events_of, wait_until
from tests.browser.test_walkthrough import household

pytestmark = pytest.mark.browser

NAME = "New to your basket"
FETCHED = "**/clvrec/shelf/**"
CSP = {"Content-Security-Policy": "default-src 'self'"}
BOTH = pytest.mark.parametrize("page", ["desktop", "phone"], indirect=True)
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts.push(one.value);
}).observe({ type: "layout-shift", buffered: true });
"""
FOCUSED = """() => {
  const focused = document.activeElement;
  const tile = focused.closest("[data-clvrec-item]");
  return [tile && tile.dataset.clvrecItem, focused.getBoundingClientRect().left];
}"""
"""The item that has the focus, and where it is."""


@pytest.fixture
def home(page):
    """A household on its home page, which allows nothing inline and counts what moves."""
    page.add_init_script(SHIFTS)
    household(page)
    page.route("**/*", allowing_nothing_inline)

    def home():
        page.goto("/")
        return page.get_by_role("region", name=NAME)

    return home


def allowing_nothing_inline(route):
    if route.request.resource_type != "document":
        return route.continue_()
    response = route.fetch()
    return route.fulfill(response=response, headers=response.headers | CSP)


def read_through(page):
    """Scrolls to the end as a reader does."""
    for _ in range(40):
        page.mouse.wheel(0, 200)
        page.wait_for_timeout(30)
    page.wait_for_load_state("networkidle")


@BOTH
def test_nothing_moves_when_a_shelf_comes(page, home):
    page.route(FETCHED, slowly)
    shelf = home()
    skeleton = page.locator("[data-clvrec-shelf]")
    expect(skeleton).to_have_attribute("aria-busy", "true")
    reserved = skeleton.bounding_box()["height"]
    read_through(page)
    expect(shelf.get_by_role("listitem").first).to_be_visible()
    assert abs(shelf.bounding_box()["height"] - reserved) < 4
    assert sum(page.evaluate("window.shifts")) < 0.02


def slowly(route):
    response = route.fetch()
    route.request.frame.page.wait_for_timeout(300)
    route.fulfill(response=response)


@BOTH
def test_tab_reaches_every_tile(page, home):
    shelf = home()
    tiles = shelf.get_by_role("listitem")
    tiles.first.wait_for()
    links = shelf.get_by_role("heading", level=3).get_by_role("link")
    links.first.focus()
    reached = set()
    for _ in range(2 * tiles.count()):  # a link and a button each
        key, left = page.evaluate(FOCUSED)
        reached.add(key)
        assert 0 <= left < page.viewport_size["width"]
        page.keyboard.press("Tab")
    wanted = {tile.get_attribute("data-clvrec-item") for tile in tiles.all()}
    assert len(wanted) == 12
    assert wanted <= reached


@BOTH
def test_a_row_is_a_stop_for_the_keyboard_only_where_it_scrolls(page, home, request):
    shelf = home()
    row = shelf.get_by_role("group", name=NAME)
    row.wait_for()
    is_phone = "phone" in request.node.name
    if not is_phone:
        expect(row).not_to_have_attribute("tabindex", "0")
        return
    expect(row).to_have_attribute("tabindex", "0")
    row.focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: page.evaluate("document.activeElement.scrollLeft") > 0)


def test_a_shelf_that_came_later_is_reported_as_shown(page, home):
    page.add_init_script(KEPT)
    home().get_by_role("listitem").first.scroll_into_view_if_needed()
    token = page.get_by_role("region", name=NAME).get_attribute("data-clvrec-list")
    with page.expect_response(EVENTS, timeout=15_000) as answered:
        page.wait_for_timeout(100)
    assert {"list": token, "kind": "shown"} in events_of(answered.value.request)
    assert answer_of(page)["ignored"] == {}


def test_a_shelf_that_cannot_be_fetched_leaves_nothing_behind(page, home):
    page.route(FETCHED, lambda route: route.fulfill(status=200, body=""))
    shelf = home()
    expect(shelf).to_have_count(0)
    expect(page.get_by_role("region", name="Popular now")).to_be_visible()


def test_adding_from_such_a_shelf_leads_back_to_the_page(page):
    household(page)
    page.get_by_role("region", name=NAME).get_by_role("button", name="Add").first.click()
    expect(page.get_by_role("status")).to_contain_text("Added to your cart")
    assert urlsplit(page.url).path == "/"
