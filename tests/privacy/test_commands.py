"""`clvrec_erase`: one or many, without a key in what is printed."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from django_clvrec import marks
from django_clvrec.models import CustomerScore
from tests.privacy.conftest import SOURCE
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def run(*words, **options):
    out = io.StringIO()
    call_command("clvrec_erase", *words, stdout=out, **options)
    return out.getvalue()


def scored(*keys):
    shelf = Shelf()
    for key in keys:
        shelf.score(key)


def left():
    return {*CustomerScore.objects.values_list("customer_key", flat=True)}


def test_it_tells_rows_by_table_as_json(db):
    scored("ann", "bob")
    said = json.loads(run("ann", "--json"))
    assert said == {"source": SOURCE, "customers": 1, "rows": {"CustomerScore": 1}}


def test_who_is_not_known_is_no_error(db):
    assert run("nobody") == "Customers: 1. Rows removed: 0.\n"


def test_keys_are_read_from_a_file_and_not_printed(db, tmp_path):
    scored("ann", "with space", "cid")
    file = tmp_path / "keys.txt"
    file.write_text("ann\r\nwith space\n\n", encoding="utf-8")
    said = run("--keys-from", str(file))
    assert said == "Customers: 2. Rows removed: 2.\n"
    assert left() == {"cid"}


def test_keys_are_read_from_stdin(db, monkeypatch):
    scored("ann", "bob")
    monkeypatch.setattr("sys.stdin", io.StringIO("ann\nbob\n"))
    assert json.loads(run("--keys-from", "-", "--json"))["customers"] == 2
    assert left() == set()


def test_who_objects_stays_out_until_let_in(db):
    run("ann", "--stays-out")
    assert "ann" in marks.staying_out(SOURCE)
    assert run("ann", "--forget-mark") == "Customers who stay out no longer: 1.\n"
    assert json.loads(run("ann", "--let-in", "--json")) == {"source": SOURCE, "let_in": 0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Whom\\? Give keys"),
        (["ann", "--source", "elsewhere"], "No purchase source is called"),
        (["--keys-from", "/no/such/file"], "cannot be read \\(FileNotFoundError\\)"),
    ],
)
def test_what_is_wrong_is_told(db, words, said):
    with pytest.raises(CommandError, match=said):
        run(*words)


def test_a_file_that_is_no_text_is_told_without_what_is_in_it(db, tmp_path):
    file = tmp_path / "keys.bin"
    file.write_bytes(b"ann\n\xff\xfe")
    with pytest.raises(CommandError) as caught:
        run("--keys-from", str(file))
    assert "UnicodeDecodeError" in str(caught.value)
    assert "0xff" not in str(caught.value)
