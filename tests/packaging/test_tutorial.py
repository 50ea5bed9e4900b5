"""docs/tutorial/shop.md, followed to the letter from an empty folder, outside of the checkout."""

import csv

import pytest

from tests.packaging.conftest import PAGE
from tests.packaging.visitor import Visitor, shelves

pytestmark = pytest.mark.wheel

MOST_COMMANDS = 6
MOST_LINES = 25
PASSWORD = "practice"


@pytest.fixture(scope="module")
def tiers(reader):
    """The tier of each customer, by the name of their account."""
    path = reader.folder / "scores.csv"
    reader.run(
        "python", "manage.py", "clvrec_export", "scores", "--format", "csv", "--out", str(path)
    )
    with path.open() as file:
        rows = list(csv.DictReader(file))
    # the accounts are made in order, the first of them with the first key
    return {f"customer-{row['customer_key']}": row["tier"] for row in rows}


def test_it_takes_few_commands_and_few_lines(reader):
    print(f"\n{len(reader.commands)} commands, {reader.lines} lines")  # noqa: T201
    assert len(reader.commands) <= MOST_COMMANDS
    assert reader.lines <= MOST_LINES


def test_it_says_itself_how_many_there_are(reader):
    assert f"Six commands, and {reader.lines} lines" in PAGE.read_text()
    assert len(reader.commands) == 6


def test_no_command_warns(reader):
    own = {one: said for one, said in reader.said.items() if one.startswith("python manage.py")}
    assert len(own) == 3
    for command, said in own.items():
        assert "warning" not in said.lower(), (command, said)


def test_a_visitor_sees_what_is_popular(site):
    found = shelves(Visitor(site).page("/"))
    assert len(found["For you"]) == 5
    assert "Buy it again" not in found


@pytest.mark.parametrize("name", ["customer-1", "customer-120"])
def test_a_customer_sees_lists_of_their_own(site, name):
    popular = shelves(Visitor(site).page("/"))["For you"]
    own = shelves(Visitor(site).sign_in("/login/", name, PASSWORD).page("/"))
    assert len(own["For you"]) == 5
    assert own["For you"] != popular
    assert own["Buy it again"]


def test_who_never_bought_sees_what_is_popular(site):
    popular = shelves(Visitor(site).page("/"))["For you"]
    visitor = Visitor(site).sign_in("/login/", "customer-300", PASSWORD)
    assert shelves(visitor.page("/"))["For you"] == popular


def test_the_customers_it_names_are_of_the_tiers_it_says(tiers):
    assert tiers["customer-1"] == "high"
    assert tiers["customer-120"] in {"low", "mid"}
    assert "customer-300" not in tiers


def test_no_page_shows_a_tier(site):
    page = Visitor(site).sign_in("/login/", "customer-1", PASSWORD).page("/")
    assert "high" not in page


def test_the_admin_shows_who_the_customers_are(site):
    staff = Visitor(site).sign_in("/admin/login/?next=/admin/", "admin", PASSWORD)
    assert "Customers and recommendations" in " ".join(staff.page("/admin/").split())
    page = staff.page("/admin/clvrec/")
    assert all(tier in page.lower() for tier in ("new", "low", "mid", "high"))


def test_spark_takes_over_with_its_extra_and_no_other_change(reader):
    reader.run("pip", "install", "--quiet", "django-clvrec[spark]")
    settings = reader.folder / "mysite" / "settings.py"
    kept = settings.read_text()
    settings.write_text(kept.replace('CLVREC = {"ENGINE": "local"}', "CLVREC = {}"))
    try:
        said = reader.run("python", "manage.py", "clvrec_refresh", "--json")
    finally:
        settings.write_text(kept)
    assert '"engine": "spark"' in said
