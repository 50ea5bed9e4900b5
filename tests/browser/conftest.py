"""The example shop as a newcomer starts it, and a headless Chromium to walk through it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

SAMPLE = "300"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="session")
def shop_url(tmp_path_factory):
    """The address of a shop that was loaded, trained and served by its own commands."""
    folder = tmp_path_factory.mktemp("shop")
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "DEMO_SAMPLE": SAMPLE,
        "DJANGO_SETTINGS_MODULE": "example_shop.settings",
    }

    def manage(*words):
        return [sys.executable, "manage.py", *words]

    for words in (("migrate", "-v0"), ("load_demo",), ("clvrec_refresh",)):
        subprocess.run(manage(*words), env=env, check=True)
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


@pytest.fixture(params=["desktop"])
def page(browser, shop_url, request):
    """A page whose console must stay clean, and whose requests must stay in the shop."""
    width, height = SIZES[request.param]
    context = browser.new_context(base_url=shop_url, viewport={"width": width, "height": height})
    found = context.new_page()
    wrong = []
    host = urlsplit(shop_url).netloc
    found.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on(
        "request",
        lambda sent: urlsplit(sent.url).netloc not in {host, ""} and wrong.append(sent.url),
    )
    yield found
    context.close()
    assert not wrong


@pytest.fixture(scope="session")
def shoot():
    """Takes a screenshot into the folder CLVREC_SCREENSHOTS; none where that is not set."""
    folder = os.environ.get("CLVREC_SCREENSHOTS")

    def take(page, name, *, full_page=False):
        if folder:
            page.wait_for_load_state("networkidle")
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=full_page)

    return take
