"""The script of lazy shelves on a page without a shop: what is fetched, and what is no shelf."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import pytest
from django.template.loader import get_template
from playwright.sync_api import expect

from django_clvrec.shelves.rendering import PLACEHOLDER
from tests.browser.conftest import opened

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">
<body hx-select="#main" hx-push-url="true" hx-vals='{{"asked": 1}}'><main id="main">
{place}</main>{scripts}</body></html>"""
SHELF = '<section class="clvrec-shelf"><h2>For you</h2></section>'
LOGIN = "<!doctype html><title>Sign in</title><h1>Sign in</h1>"
OWN = files("django_clvrec") / "static/clvrec/shelf.js"
HTMX = files("unfold") / "static/unfold/js/htmx/htmx.js"


class Site(BaseHTTPRequestHandler):
    """A page with a lazy shelf, one that is there and one that asks to sign in."""

    def do_GET(self):
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", "/login/")
            self.end_headers()
            return
        path = self.path.partition("?")[0]
        found = {"/shelf/": SHELF, "/login/": LOGIN}.get(path) or self.script() or self.page()
        self.send_response(200)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html"
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(found.encode())

    def script(self):
        found = {"/shelf.js": OWN, "/htmx.js": HTMX}.get(self.path)
        return found and found.read_text()

    def page(self):
        """`/htmx/shelf/` is the page with htmx and the shelf at `/shelf/`."""
        _, by, what, _ = self.path.split("/")
        names = ["htmx.js", "shelf.js"] if by == "htmx" else ["shelf.js"]
        scripts = "".join(f'<script src="/{name}" defer></script>' for name in names)
        values = {"address": f"/{what}/", "places": range(2)}
        return PAGE.format(place=get_template(PLACEHOLDER).render(values), scripts=scripts)

    def log_message(self, *_):
        pass


@pytest.fixture(params=["own", "htmx"])
def page(browser, request):
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever).start()
        with opened(browser, f"http://127.0.0.1:{server.server_port}") as page:
            page.by = request.param
            yield page
        server.shutdown()


def test_a_shelf_takes_its_place_and_the_page_stays_where_it_is(page):
    page.goto(f"/{page.by}/shelf/")
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    expect(page.locator("[aria-busy]")).to_have_count(0)
    assert page.url.endswith(f"/{page.by}/shelf/")


def test_a_page_that_asks_to_sign_in_is_no_shelf(page):
    with page.expect_response("**/login/"):
        page.goto(f"/{page.by}/moved/")
    expect(page.locator(".clvrec-shelf")).to_have_count(0)
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
