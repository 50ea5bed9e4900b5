"""Where `pip install django-clvrec` was run, the shop that the tutorial made is served: another
environment has trained, and they meet in the database."""

import json
import shutil
import sqlite3

import pytest

from tests.packaging import visits
from tests.packaging.asked import *  # noqa: F403 - the questions of a process with the base alone
from tests.packaging.follow import Follower
from tests.packaging.visitor import Visitor, shelves

pytestmark = pytest.mark.wheel
PASSWORD = "practice"


@pytest.fixture(scope="module")
def web(reader, base, tmp_path_factory):
    """The same files with a copy of the database, and the commands of the base."""
    folder = tmp_path_factory.mktemp("web") / "site"
    shutil.copytree(reader.folder, folder, ignore=shutil.ignore_patterns("*.sqlite3*"))
    with (
        sqlite3.connect(reader.folder / "db.sqlite3") as theirs,
        sqlite3.connect(folder / "db.sqlite3") as ours,
    ):
        theirs.backup(ours)
    follower = Follower(folder, base.variables)
    follower.commands = reader.commands
    return follower


@pytest.fixture(scope="module")
def found(web, tmp_path_factory):
    """What came of everything that was asked, of a shop of its own."""
    folder = shutil.copytree(web.folder, tmp_path_factory.mktemp("visits") / "site")
    script = shutil.copy(visits.__file__, tmp_path_factory.mktemp("script"))
    asked = Follower(folder, web.environment | {"DJANGO_SETTINGS_MODULE": "mysite.settings"})
    done = asked.tried("python", str(script))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def site_of_base(web):
    with web.served() as address:
        yield address


def test_a_visitor_and_a_customer_see_what_the_worker_trained(site, site_of_base):
    for name in (None, "customer-1", "customer-120", "customer-300"):
        seen = []
        for address in (site, site_of_base):
            visitor = Visitor(address)
            if name:
                visitor.sign_in("/login/", name, PASSWORD)
            seen.append(shelves(visitor.page("/")))
        assert len(seen[0]["For you"]) == 5
        assert seen[0] == seen[1]


def test_the_admin_shows_the_dashboard(site_of_base):
    staff = Visitor(site_of_base).sign_in("/admin/login/?next=/admin/", "admin", PASSWORD)
    page = staff.page("/admin/clvrec/")
    assert all(tier in page.lower() for tier in ("new", "low", "mid", "high"))


def test_who_asks_it_to_train_is_told_what_to_install(web):
    done = web.tried("python", "manage.py", "clvrec_refresh")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("CommandError: This process cannot train")
    assert "Traceback" not in done.stderr
