"""“Oscar in ten minutes” works word for word, in an empty folder."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.integration.oscar.pages import Shelves
from tests.integration.oscar.tutorial import ROOT, SETS_UP, follow, steps

PAGE = "docs/tutorial/oscar.md"
SERVE = "python manage.py runserver 127.0.0.1:8000"
TEA = {"Assam", "Darjeeling", "Sencha", "Oolong", "Teapot", "Strainer"}


@pytest.fixture(scope="module")
def told():
    return steps(PAGE)


@pytest.fixture(scope="module")
def shop(told, tmp_path_factory):
    """The folder after all but the last command, which serves it."""
    folder = tmp_path_factory.mktemp("frobshop")

    def run(command):
        if not command.startswith(SETS_UP):
            shell = ["sh", "-c", command]
            done = subprocess.run(
                shell, cwd=folder, env=env(), capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    for step in told:
        if step.target != SERVE:
            follow(step, folder, run)
    return folder


def env():
    """That of a shell in the environment of this test, which knows no settings."""
    kept = {name: one for name, one in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"PATH": f"{Path(sys.executable).parent}:{kept['PATH']}"}


@contextmanager
def served(folder):
    """What asks the shop for a page, by path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [*shlex.split(SERVE.replace("127.0.0.1:8000", address)), "--noreload"]
    server = subprocess.Popen(
        [sys.executable, *command[1:]], cwd=folder, env=env(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(path, **form):
        data = urlencode(form).encode() if form else None
        with opener.open(f"http://{address}{path}", data) as answer:
            return answer.read().decode()

    try:
        wait_for(lambda: ask("/catalogue/"))
        yield ask
    finally:
        server.terminate()
        server.wait()


def wait_for(ask, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def sign_in(ask, email, password):
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', ask("/accounts/login/"))[1]
    form = {"login-username": email, "login-password": password, "login_submit": "Log In"}
    ask("/accounts/login/", csrfmiddlewaretoken=token, **form)


def test_it_installs_what_is_on_offer(told):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    named = [step.target for step in told if "pip install" in step.target]
    assert named == ['python -m pip install "django-clvrec[local,oscar]"']
    assert {"local", "oscar"} <= extras.keys()


def test_its_last_command_serves_the_shop(told):
    assert told[-1].target == SERVE


def test_the_shop_shows_shelves_to_everybody_and_to_the_tea_drinker_tea(shop):
    with served(shop) as ask:
        assert len(Shelves(ask("/catalogue/")).found["For you"]) == 6
        sign_in(ask, "tea0@example.com", "oats-and-apples-7")
        page = ask("/catalogue/")
        assert "Account" in page
        shelf = page[page.index("clvrec-shelf") : page.index("</section>")]
        assert re.search(r'title="([^"]+)"', shelf)[1] in TEA
        address = re.search(r'href="(/catalogue/[^"]+_\d+/)"', shelf)[1]
        assert "Recommended items" in ask(address)


def test_a_visitor_can_check_out_for_there_is_a_country_to_send_to(shop):
    code = (
        "from oscar.apps.address.models import Country; "
        "print(Country.objects.filter(is_shipping_country=True).count())"
    )
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    done = subprocess.run(command, cwd=shop, env=env(), capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "1"
