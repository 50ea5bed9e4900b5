"""What holds of `docs/how-to/awkward-shops.md` as a whole."""

import inspect
import re
from pathlib import Path

from django.test.utils import isolate_apps

from django_clvrec.checks import figures
from tests.awkward.desk import PAGE, snippet
from tests.awkward_shop.models import Buyer

HERE = Path(__file__).parent


def test_every_snippet_is_run_by_a_test_of_this_folder():
    tests = "".join(file.read_text() for file in HERE.glob("*.py"))
    run = re.findall(r'(?:run|snippet)\("(.+?)"\)', tests)
    blocks = re.findall(r"```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert [block for block in blocks if not any(word in block for word in run)] == []


def test_the_contents_lead_to_the_headings():
    headings = {
        title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    }
    linked = {*re.findall(r"\]\(#(.+?)\)", PAGE)}
    assert linked == headings


def test_links_lead_to_files():
    for link in re.findall(r"\]\(([a-z-]+\.md)\)", PAGE):
        assert (HERE.parents[1] / "docs/how-to" / link).exists()


def test_the_warnings_name_this_page_and_the_page_names_them():
    code = inspect.getsource(figures)
    [named] = {*re.findall(r"docs/[\w/-]+\.md", code)}
    assert (HERE.parents[1] / named).read_text() == PAGE
    told = {*re.findall(r"`(clvrec\.W\d+)`", PAGE)}
    assert told == {"clvrec.W004", *re.findall(r'id="(clvrec\.W\d+)"', code)}


@isolate_apps("tests.awkward_shop")
def test_a_buyer_is_one_in_every_spelling_and_gets_one_account(db, user):
    names = {"__name__": "tests.awkward_shop.models"}
    exec(snippet("class Buyer(models.Model)"), names)  # noqa: S102
    of = names["Buyer"].of.__func__
    guest = of(Buyer, " Ann@Example.com")
    assert of(Buyer, "ann@EXAMPLE.com ", user("ann")) == guest
    assert of(Buyer, "ann@example.com", user("eve")).account.username == "ann"
    assert Buyer.objects.get().email == "ann@example.com"
