"""A file of orders is tried: no database is asked, which tests without its mark may not do."""

import csv
import datetime as dt
import json
import random

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from django_clvrec.models import CustomerScore
from tests.corner_shop.models import Line

NAMES = ("who", "cart", "when", "what", "shelf", "each", "pieces")
WORDS = ("--customer", "who", "--item", "what", "--time", "when", "--price", "each")
WORDS += ("--quantity", "pieces", "--order", "cart")
LAST = dt.datetime(2026, 6, 30, 18, tzinfo=dt.UTC)


def orders(customers=60, seed=1):
    """Rows of a shop with two tastes; who comes first comes often."""
    rng = random.Random(seed)
    goods = [f"p{number:02}" for number in range(24)]
    rows = []
    for number in range(customers):
        taste = goods[:12] if number % 2 else goods[12:]
        for order in range(1 + (number % 8) ** 2 // 4):
            when = LAST - dt.timedelta(days=rng.randrange(300), minutes=number)
            for item in rng.sample(taste, 3):
                row = (f"c{number}", f"{number}-{order}", when, item, f"s{item[-1]}", "2.50", "2")
                rows.append(row)
    return rows


@pytest.fixture
def file(tmp_path):
    """Writes rows as CSV under names of its own; the path."""

    def file(rows, names=NAMES, *, delimiter=",", layout="", encoding="utf-8"):
        path = tmp_path / "orders.csv"
        with path.open("w", newline="", encoding=encoding) as out:
            writer = csv.writer(out, delimiter=delimiter)
            writer.writerow(names)
            for row in rows:
                when = row[2].strftime(layout) if layout and row[2] else row[2]
                writer.writerow([*row[:2], when, *row[3:]])
        return path

    return file


@pytest.fixture
def tried(capsys, settings):
    settings.CLVREC = settings.CLVREC | {"RECOMMENDER": "auto"}

    def tried(path, *words, is_json=True):
        call_command("clvrec_try", path, *words, *(["--json"] if is_json else []))
        said = capsys.readouterr().out
        return json.loads(said) if is_json else said

    return tried


def without_levels(found):
    return {name: value for name, value in found.items() if name != "levels"}


def test_it_tells_tiers_segments_values_and_who_recommends_best(file, tried):
    found = tried(file(orders()), *WORDS, "--item", "shelf=shelf")
    assert found["customers"] == 60
    assert sum(one["customers"] for one in found["tiers"]) == 60
    assert sum(one["share"] for one in found["segments"]) == pytest.approx(1)
    assert sum(one["revenue"] for one in found["tiers"]) == 5.0 * len(orders())
    assert {*found["levels"]} == {"product", "shelf"}
    benefit = found["levels"]["product"]["benefit"]
    assert benefit["served"] > benefit["bestsellers"]


def test_people_get_tables_and_what_they_mean(file, tried):
    said = tried(file(orders()), *WORDS, is_json=False)
    assert "60 customers, " in said
    assert "value in 365 days" in said
    assert "with bestsellers alone" in said


@pytest.mark.django_db
def test_it_says_what_a_refresh_of_the_same_orders_says(stock, tried, tmp_path):
    from django_clvrec import pipeline

    stock.fill(customers=60)
    last = max(Line.objects.values_list("order__placed_at", flat=True))
    pipeline.refresh("corner", "local", last)
    names = ("order__customer_id", "order_id", "order__placed_at", "product__sku")
    rows = [
        [*map(str, row[:2]), row[2].isoformat(), row[3], str(row[4] * row[5])]
        for row in Line.objects.filter(order__is_paid=True).values_list(
            *names, "unit_price", "quantity"
        )
    ]
    path = tmp_path / "orders.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([["who", "cart", "when", "what", "paid"], *rows])
    words = ("--customer", "who", "--order", "cart", "--time", "when", "--item", "what")
    found = tried(path, *words, "--revenue", "paid")
    scores = CustomerScore.objects
    assert found["customers"] == scores.count()
    for one in found["tiers"]:
        mine = scores.filter(tier=one["name"])
        assert one["customers"] == mine.count()
        clv = [value for value in mine.values_list("clv", flat=True) if value is not None]
        assert one["clv"] == pytest.approx(sum(clv) / len(clv), abs=0.01)


def test_a_file_of_another_country_says_the_same(file, tried):
    plain = tried(file(orders()), *WORDS)
    rows = [(f" {who} ", *rest[:-2], "2,50", "2") for who, *rest in orders()]
    path = file(rows, delimiter=";", layout="%d.%m.%Y %H:%M:%S", encoding="utf-16")
    words = ("--delimiter", ";", "--decimal", ",", "--encoding", "utf-16")
    other = tried(path, *WORDS, *words, "--time-format", "%d.%m.%Y %H:%M:%S")
    assert without_levels(other) == without_levels(plain)


def test_a_parquet_file_says_the_same(file, tried, tmp_path):
    path = file(orders())
    plain = tried(path, *WORDS)
    pq.write_table(arrow_csv.read_csv(path), tmp_path / "orders.parquet")
    assert without_levels(tried(tmp_path / "orders.parquet", *WORDS)) == without_levels(plain)


def test_without_a_column_of_orders_a_day_of_a_customer_is_one(file, tried):
    when = LAST - dt.timedelta(days=40)
    day = [("a", "1", when, "p", "s", "1", "1"), ("a", "2", when, "q", "s", "1", "1")]
    found = tried(file([*day, ("b", "3", LAST, "p", "s", "1", "1")]), *WORDS[:-2])
    assert found["orders"] == 2


def test_lines_that_are_no_purchases_are_counted_by_reason(file, tried):
    none = [
        ("", "x", LAST, "p00", "s", "1", "1"), ("c1", "x", LAST, "p00", "s", "1", "-1"),
        ("c1", "x", "", "p00", "s", "1", "1"), ("c1", "x", LAST, "p00", "s", "", "1"),
        ("c1", "x", LAST.replace(year=9999), "p00", "s", "1", "1"),
    ]  # fmt: skip
    found = tried(file([*orders(), *none]), *WORDS)
    assert found["lines"]["dropped"] == {
        "no_customer": 1, "no_time": 1, "no_revenue": 1, "future": 1, "negative": 1
    }  # fmt: skip
    assert found["until"] <= LAST.isoformat()


def test_too_few_orders_to_judge_recommenders_are_told(file, tried):
    found = tried(file(orders(customers=1)), *WORDS)
    assert "There is nothing to evaluate" in found["levels"]["product"]["reason"]
    assert "There is nothing to evaluate" in tried(file(orders(1)), *WORDS, is_json=False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--customer", "whom"), "has no column 'whom'. Did you mean 'who'?"),
        (("--item", "zzz"), "has no column 'zzz'. It has who, cart, when"),
        (("--revenue", "what"), "column 'what' .* is not an amount of money: .*p"),
        (("--quantity", "when"), "column 'when' .* is not a number: .*2026"),
        (("--time", "what"), "column 'what' .* describe it by --time-format"),
        (("--time-format", "%d/%m/%Y"), "column 'when' .* is not a time like %d/%m/%Y"),
    ],
)
def test_what_does_not_fit_is_told_with_its_column(file, tried, words, told):
    with pytest.raises(CommandError, match=told):
        tried(file(orders(3)), *WORDS, *words)


def test_an_amount_is_asked_for(file, tried):
    with pytest.raises(CommandError, match="What was paid is missing"):
        tried(file(orders(3)), "--customer", "who", "--item", "what", "--time", "when")


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "empty.csv", "noise.parquet"])
def test_a_file_that_is_none_is_told_with_its_path(tried, tmp_path, name):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "noise.parquet").write_bytes(b"PAR1 and noise")
    with pytest.raises(CommandError, match=f"{name} cannot be read"):
        tried(tmp_path / name, *WORDS)


def test_nothing_is_left_of_it(file, tried, tmp_path, settings):
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path / "work")}
    (tmp_path / "work").mkdir()
    tried(file(orders(3)), *WORDS)
    assert [*(tmp_path / "work").iterdir()] == []


def test_numbers_as_keys_stand_for_themselves(tried, tmp_path):
    rows = {"who": [1, 1, 2], "when": [LAST] * 3, "what": [7, 8, 7], "paid": [1.5, 2.5, 1.0]}
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table(rows), path)
    words = ("--customer", "who", "--item", "what", "--time", "when", "--revenue", "paid")
    assert tried(path, *words)["customers"] == 2
