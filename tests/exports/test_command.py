"""`manage.py clvrec_export`: files, stdout, and what it says."""

import csv
import io
import os
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from django_clvrec.exports import tables
from tests.shelf import Shelf


@pytest.fixture
def shelf(db):
    return Shelf()


def export(*args):
    out, err = io.StringIO(newline=""), io.StringIO()
    call_command("clvrec_export", *map(str, args), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_recommendations_go_into_a_file(shelf, tmp_path):
    shelf.score("ann")
    shelf.score("=bob", tier="new")
    shelf.recommended("ann", "pear", "apple", "plum", intent="mixed")
    shelf.popular("fig")
    path = tmp_path / "lists.csv"
    wish = ("--level", "product", "--intent", "mixed", "--n", 2, "--out", path)
    said, _ = export("recommendations", *wish)
    assert said == f"Rows written to {path}: 3.\n"
    found = read(path.read_text())
    assert [(row["customer_key"], row["item_key"], row["source"]) for row in found] == [
        ("'=bob", "fig", "popular"), ("ann", "pear", "stored"), ("ann", "apple", "stored"),
    ]  # fmt: skip


def test_scores_go_into_parquet(shelf, tmp_path):
    shelf.score("ann", tier="high", segment="at_risk")
    shelf.score("bob", tier="high", segment="lost")
    shelf.score("cid", tier="low", segment="lost")
    path = tmp_path / "scores.parquet"
    wish = ("--format", "parquet", "--tier", "high", "mid", "--segment", "lost", "--out", path)
    export("scores", *wish)
    assert pq.read_table(path)["customer_key"].to_pylist() == ["bob"]


def test_stdout_holds_the_rows_alone_and_stderr_their_number(shelf):
    shelf.score("ann")
    out, err = export("scores", "--out", "-")
    assert [row["customer_key"] for row in read(out)] == ["ann"]
    assert err == "Rows written: 1.\n"


def test_stdout_is_utf_8_with_the_line_ends_of_csv(shelf, capfdbinary):
    shelf.score("ß🥐")
    call_command("clvrec_export", "scores", "--out", "-")
    assert "\r\nß🥐,3,4,".encode() in capfdbinary.readouterr().out


def test_raw_texts_stay_as_they_are(shelf):
    shelf.score("=ann")
    assert read(export("scores", "--raw", "--out", "-")[0])[0]["customer_key"] == "=ann"
    assert read(export("scores", "--out", "-")[0])[0]["customer_key"] == "'=ann"


def test_another_snapshot_can_be_chosen(shelf):
    other = Shelf("corner", is_live=False)
    other.score("ann")
    out, _ = export("scores", "--snapshot", other.snapshot.pk, "--out", "-")
    assert [row["customer_key"] for row in read(out)] == ["ann"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("recommendations --level shelf --out -", "no level 'shelf'; it has category, product"),
        ("recommendations --intent forget --out -", "Use one of discover, again, mixed"),
        ("recommendations --n 51 --out -", "Ask for 1 to 50"),
        ("recommendations --source kiosk --out -", "there is ShopPurchases, corner"),
        ("scores --tier gold --out -", "Use new, low, mid, high"),
        ("scores --segment vip --out -", "Use one of champions, loyal"),
        ("scores --snapshot 0 --out -", "no finished snapshot 0"),
        ("scores --format parquet --out -", "Name a file, or export CSV"),
        ("scores --out /nowhere/scores.csv", "no folder /nowhere. Make it first"),
    ],
)
def test_an_error_names_the_next_step(shelf, wish, said):
    with pytest.raises(CommandError, match=said):
        export(*wish.split())


def test_before_the_first_refresh_the_command_says_what_to_run(db):
    with pytest.raises(CommandError, match="clvrec_refresh"):
        export("scores", "--out", "-")


def test_ctrl_c_in_the_middle_leaves_nothing(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "PAGE_CUSTOMERS", 1)
    for key in ("ann", "bob", "cid"):
        shelf.score(key)
    seen = []

    def interrupt(execute, sql, *args):
        if "bob" in str(args):
            seen.extend(path.suffix for path in tmp_path.iterdir())
            os.kill(os.getpid(), signal.SIGINT)
        return execute(sql, *args)

    with connection.execute_wrapper(interrupt), pytest.raises(CommandError, match="Cancelled"):
        export("scores", "--out", tmp_path / "scores.csv")
    assert seen == [".part"]
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django_clvrec.exports import tables
from tests.shelf import Shelf

number, path = int(sys.argv[1]), sys.argv[2]
call_command("migrate", verbosity=0)
shelf = Shelf()
for key in ("ann", "bob", "cid"):
    shelf.score(key)
tables.PAGE_CUSTOMERS = 1

def kill(execute, sql, *args):
    if "bob" in str(args):
        print(len(os.listdir(os.path.dirname(path))), flush=True)
        os.kill(os.getpid(), number)
    return execute(sql, *args)

with connection.execute_wrapper(kill):
    call_command("clvrec_export", "scores", "--out", path)
"""


@pytest.mark.parametrize(("number", "left"), [(signal.SIGTERM, []), (signal.SIGKILL, [".part"])])
def test_an_export_that_is_killed_leaves_no_half_file_under_its_name(tmp_path, number, left):
    folder = tmp_path / "out"
    folder.mkdir()
    env = os.environ | {
        "CLVREC_TEST_DATABASE_URL": f"sqlite:///{tmp_path / 'shop.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    wish = [sys.executable, "-c", KILLED, str(int(number)), str(folder / "scores.csv")]
    done = subprocess.run(wish, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (-number, "1\n"), done.stderr
    assert [path.suffix for path in folder.iterdir()] == left
