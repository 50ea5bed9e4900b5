"""The example shop as a newcomer starts it, and a headless Chromium to walk through it."""

import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

SAMPLE = "300"
expect.set_options(timeout=30_000)  # refreshes may run beside these tests
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


LAPSED = "from tests.browser.lapsed import add_lapsed; add_lapsed()"


@pytest.fixture(scope="session")
def shop_env(tmp_path_factory):
    """A shop that was loaded and trained by its own commands, twice, as after two nights.

    Whoever tries out tests keeps one in the folder CLVREC_BROWSER_SHOP.
    """
    kept = os.environ.get("CLVREC_BROWSER_SHOP")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("shop")
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "DEMO_SAMPLE": SAMPLE,
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
    }
    if (folder / "demo.sqlite3").exists():
        return env
    refresh = ("clvrec_refresh",)
    yesterday = (*refresh, "--as-of", f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=7):%Y-%m-%d}")
    commands = [("migrate", "-v0"), ("load_demo",), ("shell", "-v0", "-c", LAPSED)]
    for words in (*commands, yesterday, refresh):
        subprocess.run(manage(*words), env=env, check=True)
    return env


def manage(*words):
    return [sys.executable, "manage.py", *words]


@contextmanager
def served(env):
    """The address of the shop while it is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = subprocess.Popen(manage("runserver", "--noreload", address), env=env)
    try:
        wait_for(f"http://{address}/")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def shop_url(shop_env):
    with served(shop_env) as url:
        yield url


@pytest.fixture(scope="session")
def unfold_url(shop_env):
    """The same shop, with django-unfold."""
    with served(shop_env | {"DJANGO_SETTINGS_MODULE": "tests.browser.unfold_settings"}) as url:
        yield url


def wait_for(url, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url)  # noqa: S310
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def opened(browser, url, size="desktop", scheme="light", **options):
    """A page whose console must stay clean, and whose requests must stay in the shop."""
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    context = browser.new_context(base_url=url, viewport=viewport, color_scheme=scheme, **options)
    found = context.new_page()
    wrong = []
    host = urlsplit(url).netloc
    found.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on(
        "request",
        lambda sent: urlsplit(sent.url).netloc not in {host, ""} and wrong.append(sent.url),
    )
    yield found
    context.close()
    assert not wrong


@pytest.fixture(params=["desktop"])
def page(browser, shop_url, request):
    with opened(browser, shop_url, request.param) as found:
        yield found


@pytest.fixture
def admin(page):
    """A page whose visitor has signed in to the admin."""
    sign_in_to_admin(page)
    return page


def sign_in_to_admin(page):
    page.goto("/admin/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill("admin")
    page.locator("[type=submit]").first.click()
    page.wait_for_url("**/admin/")


@pytest.fixture(scope="session")
def shoot():
    """Takes a screenshot into the folder CLVREC_SCREENSHOTS; none where that is not set."""
    folder = os.environ.get("CLVREC_SCREENSHOTS")

    def take(page, name, *, full_page=False, is_quiet=True):
        if folder:
            if is_quiet:
                page.wait_for_load_state("networkidle")
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=full_page)

    return take
