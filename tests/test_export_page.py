"""What `docs/how-to/export.md` says is true."""

import json
import re
import shlex
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from django_clvrec.api.serializers import ORDERINGS
from django_clvrec.exports.tables import LIST_COLUMNS, SCORE_COLUMNS
from django_clvrec.exports.writing import FORMULAS
from django_clvrec.serving import AnswerSource
from tests.shelf import Shelf, person

PAGE = (Path(__file__).parent.parent / "docs/how-to/export.md").read_text()
(COMMANDS,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
WRITE, AUDIENCE, PUT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(code, **names):
    exec(code, names)  # noqa: S102
    return names


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def customer(shelf):
    newsletter = Group.objects.create(name="newsletter")

    def customer(name, agreed=True, has_email=True, tier="high", segment="at_risk"):
        user = person(name)
        user.email = f"{name}@example.com" if has_email else ""
        user.save()
        if agreed:
            user.groups.add(newsletter)
        shelf.score(user, tier=tier, segment=segment)

    return customer


# commands and columns


def test_the_commands_write_what_they_name(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shelf.score("ann", tier="high", segment="at_risk")
    shelf.popular("pear")
    lines = COMMANDS.splitlines()
    for line in lines:
        manage, *words = shlex.split(line.partition("|")[0])
        out = StringIO()
        call_command(*words, stdout=out, stderr=StringIO())
        assert manage == "manage.py"
        path = words[words.index("--out") + 1]
        assert "ann" in out.getvalue() if path == "-" else Path(path).stat().st_size
    assert "ann,1,pear,0.9,popular" in Path("lists.csv").read_text()


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]


@pytest.mark.parametrize(
    ("title", "columns"), [("Recommendations", LIST_COLUMNS), ("Scores", SCORE_COLUMNS)]
)
def test_every_column_is_told(title, columns):
    cells = re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == sorted(columns)


def test_the_sources_of_lists_are_told():
    told = set(re.findall(r"`(\w+)`", section("Recommendations")))
    assert {AnswerSource.STORED, AnswerSource.POPULAR_IN_TIER, AnswerSource.POPULAR} <= told


def test_what_looks_like_a_formula_is_told():
    told = set(re.findall(r"`([^`\w])`", section("Spreadsheets")))
    assert told | {"\t", "\r"} == set(FORMULAS)


def test_the_call_from_python_writes_a_file(shelf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shelf.score("ann", tier="high", segment="at_risk")
    shelf.score("bob", tier="high", segment="loyal")
    assert run(WRITE)["rows"] == 1
    assert pq.read_table("at_risk.parquet")["customer_key"].to_pylist() == ["ann"]


# the audience


def hand_over(**names):
    found = run(AUDIENCE, __name__="win_back")
    found |= names
    out = StringIO()
    call_command(found["Command"](), stdout=out)
    return out.getvalue()


def test_those_who_agreed_are_handed_over_in_batches(customer):
    for number in range(5):
        customer(f"c{number}")
    customer("no consent", agreed=False)
    customer("no address", has_email=False)
    customer("loyal", segment="loyal")
    customer("low", tier="low")
    sent = []
    said = hand_over(put=sent.append, BATCH=2)
    assert sorted(email for batch in sent for email in batch) == [
        f"c{number}@example.com" for number in range(5)
    ]
    assert all(1 <= len(batch) <= 2 for batch in sent)
    assert said == "5 addresses handed over.\n"


def test_nothing_is_sent_before_the_reader_has_filled_in_how(customer):
    customer("ann")
    with pytest.raises(NotImplementedError):
        hand_over()


@pytest.fixture
def mail_tool(monkeypatch):
    """A list over HTTP that keeps what it is sent."""
    received = []

    class List(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *args):
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), List) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MAIL_LIST_URL", f"http://127.0.0.1:{server.server_port}/list")
        monkeypatch.setenv("MAIL_TOKEN", "secret")
        yield received
        server.shutdown()


def test_addresses_go_to_the_list_over_http(customer, mail_tool):
    customer("ann")
    hand_over(put=run(PUT)["put"])
    assert mail_tool == [("Bearer secret", {"emails": ["ann@example.com"]})]


# over REST


def test_the_query_of_the_page_finds_them(shelf, client):
    shelf.score("ann", segment="at_risk", clv=200.0)
    shelf.score("bob", segment="cant_lose", clv=300.0)
    shelf.score("cid", segment="cant_lose", clv=600.0)
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))
    query = re.search(r"`(\?segment=.*?)`", PAGE)[1]
    page = client.get(reverse("clvrec:customers") + query).json()
    assert [row["customer_key"] for row in page["results"]] == ["bob", "ann"]
    told = re.search(r"The orders are (.*?);", PAGE, re.DOTALL)[1]
    assert re.findall(r"`(.*?)`", told) == [*ORDERINGS]
