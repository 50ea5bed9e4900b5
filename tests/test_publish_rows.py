"""What lies in Parquet is what the database gives back, whatever the keys and the path."""

import json
import string

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import IntegrityError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_clvrec import publish
from django_clvrec.models import CustomerScore, Recommendation
from django_clvrec.publish.rows import items_json, list_rows, score_rows
from django_clvrec.publish.tables import copy, insert
from tests.shelf import Shelf

PATHS = [insert, pytest.param(copy, marks=pytest.mark.postgres)]
NASTY = [
    '"',
    "\\",
    "\\.",
    "\n",
    "\r\n",
    "\t",
    ",",
    "'",
    "\\N",
    "",
    " ",
    "\x01\x7f",
    "ß🥐",
    "%s",
    "{}",
]

# PostgreSQL stores no NUL, and Arrow no lone surrogates
words = st.sampled_from(NASTY) | st.text(st.characters(exclude_characters="\0", codec="utf-8"))
keys = st.lists(words, max_size=3).map("".join).map(lambda text: text[:255])
scores = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, -0.0, 1e-7, 0.1234565, 1e-6])
lists = st.lists(st.tuples(keys, scores), max_size=5)


def table(rows):
    """A batch of `[(customer, [(key, score), …]), …]` as an engine leaves it."""
    columns = {
        "customer_key": [customer for customer, _ in rows],
        "level": ["product"] * len(rows),
        "intent": ["discover"] * len(rows),
        "model": ["als"] * len(rows),
        "items": [[key for key, _ in items] for _, items in rows],
        "scores": [[score for _, score in items] for _, items in rows],
    }
    kinds = [pa.string()] * 4 + [pa.list_(pa.string()), pa.list_(pa.float64())]
    arrays = [pa.array(column, kind) for column, kind in zip(columns.values(), kinds, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(columns))


def stored():
    return sorted(Recommendation.objects.values_list("customer_key", "items"))


@given(st.lists(lists))
def test_lists_become_the_json_that_python_writes(rows):
    items = pa.array([[key for key, _ in row] for row in rows], pa.list_(pa.string()))
    values = pa.array([[score for _, score in row] for row in rows], pa.list_(pa.float64()))
    found = [json.loads(text) for text in items_json(items, values).to_pylist()]
    assert found == [
        [[key, pytest.approx(score, abs=5.1e-7)] for key, score in row] for row in rows
    ]
    assert all(type(score) is float for row in found for _, score in row)


def test_scores_are_rounded_as_python_rounds_them():
    values = [0.1234565, 2.5e-7, 1 / 3, 1e15, 1e20, -123456.7890125]
    text = items_json(pa.array([["a"] * len(values)]), pa.array([values]))[0].as_py()
    assert json.loads(text) == [["a", round(value, 6)] for value in values]


def test_a_slice_of_a_batch_gives_its_own_lists():
    items, values = pa.array([["a"], ["b", "c"], []]), pa.array([[1.0], [2.0, 3.0], []])
    assert items_json(items[1:], values[1:]).to_pylist() == ['[["b", 2.0], ["c", 3.0]]', "[]"]


def test_a_list_with_more_items_than_scores_is_refused():
    with pytest.raises(ValueError, match="more items than scores"):
        items_json(pa.array([["a", "b"]]), pa.array([[1.0]]))


@pytest.mark.parametrize("add", PATHS)
@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(keys, lists), unique_by=lambda row: row[0].casefold().strip()))
def test_what_is_read_back_is_what_was_in_parquet(tmp_path, add, rows):
    shelf = Shelf(is_live=False)
    pq.write_table(table(rows), tmp_path / "part.parquet")
    for batch in list_rows(tmp_path, shelf.snapshot.pk):
        add(connection, Recommendation, batch)
    expected = [
        (customer, [[key, pytest.approx(score, abs=5.1e-7)] for key, score in items])
        for customer, items in rows
    ]
    assert stored() == sorted(expected)
    Recommendation.objects.all().delete()


@pytest.mark.postgres
@pytest.mark.django_db
def test_both_paths_leave_the_same_rows(tmp_path):
    pq.write_table(table([(key, [(key, 1.0), (key, 1 / 3)]) for key in NASTY]), tmp_path / "part")
    found = []
    for add in (copy, insert):
        for batch in list_rows(tmp_path, Shelf(is_live=False).snapshot.pk):
            add(connection, Recommendation, batch)
        with connection.cursor() as cursor:
            cursor.execute("SELECT customer_key, items::text FROM clvrec_recommendation ORDER BY 1")
            found.append(cursor.fetchall())
        Recommendation.objects.all().delete()
    assert found[0] == found[1]
    assert len(found[0]) == len(NASTY)


@pytest.mark.parametrize("add", PATHS)
@pytest.mark.django_db
def test_what_the_database_refuses_is_an_error_of_django(tmp_path, add):
    pq.write_table(table([("ann", []), ("ann", [])]), tmp_path / "part.parquet")
    [batch] = list_rows(tmp_path, Shelf(is_live=False).snapshot.pk)
    with pytest.raises(IntegrityError, match=r"(?i)unique|duplicate"):
        add(connection, Recommendation, batch)


@pytest.mark.parametrize("add", PATHS)
@pytest.mark.django_db
def test_money_keeps_its_places(tmp_path, add):
    money = pa.array(["12345678901.1234", "0.0001"]).cast(pa.decimal128(24, 4))
    columns = {"customer_id": [0, 1], "customer_key": ["ann", "bob"], "monetary_value": money}
    names = [
        "recency_days", "frequency", "age_days", "order_days", "recency_score", "frequency_score",
        "monetary_score", "overall_score",
    ]  # fmt: skip
    columns |= {name: [1, 2] for name in names} | {"tier": ["low", "high"]}
    pq.write_table(pa.table(columns), tmp_path / "part.parquet")
    for batch in score_rows(tmp_path, Shelf(is_live=False).snapshot.pk, lambda batch: batch):
        add(connection, CustomerScore, batch)
    found = CustomerScore.objects.order_by("customer_key").values_list("monetary_value", "tier")
    assert [(str(value), tier) for value, tier in found] == [
        ("12345678901.1234", "low"), ("0.0001", "high"),
    ]  # fmt: skip


def test_small_files_are_joined_and_large_ones_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(publish.rows, "BATCH_ROWS", 4)
    names = list(string.ascii_lowercase[:13])
    for number, some in enumerate([names[:1], names[1:2], names[2:12], names[12:], []]):
        pq.write_table(table([(name, []) for name in some]), tmp_path / f"{number}.parquet")
    batches = list(list_rows(tmp_path, 1))
    assert [name for batch in batches for name in batch["customer_key"].to_pylist()] == names
    assert all(4 <= batch.num_rows < 8 for batch in batches[:-1])
