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
        (("--item", "other=zzz"), "has no column 'zzz'. It has who, cart, when"),
        (("--item", "cart"), "Two columns of items have one level"),
        (("--customer", ""), "has no column ''"),
        (("--revenue", "what"), "'what' of .* is not a number with the decimal mark '.' .*'p"),
        (("--quantity", "when"), "'when' of .* is not a number .*: '2026"),
        (("--decimal", ","), "'each' of .* is not a number with the decimal mark ',' .*'2.50'"),
        (("--time", "what"), "'what' of .* is not a time in ISO 8601: 'p.* by --time-format"),
        (("--time-format", "%d/%m/%Y"), "'when' of .* is not a time like %d/%m/%Y: '2026"),
    ],
)
def test_what_does_not_fit_is_told_with_its_column(file, tried, words, told):
    with pytest.raises(CommandError, match=told):
        tried(file(orders(3)), *WORDS, *words)


def test_an_amount_is_asked_for(file, tried):
    with pytest.raises(CommandError, match="What was paid is missing"):
        tried(file(orders(3)), "--customer", "who", "--item", "what", "--time", "when")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--k", "0"), "'0' is not a whole number from 1"),
        (("--delimiter", ";;"), "';;' is not one character"),
        (("--delimiter", "§"), "'§' is not one character"),
        (("--decimal", ""), "invalid choice: ''"),
        (("--encoding", "nonsense"), "'nonsense' is no encoding"),
        (("--item", "shelf="), "'shelf=' names no level and column"),
    ],
)
def test_words_that_are_none_are_told(file, tried, words, told):
    with pytest.raises(CommandError, match=told):
        tried(file(orders(1)), *WORDS, *words)


@pytest.mark.parametrize(
    ("when", "layout"),
    [("31/02/2026", "%d/%m/%Y"), ("01/02/26", "%d/%m/%Y"), ("2026-02-31", ""), ("8:30", "")],
)
def test_a_day_that_is_none_is_told(file, tried, when, layout):
    rows = [("a", "1", when, "p", "s", "1", "1")]
    words = ("--time-format", layout) if layout else ()
    with pytest.raises(CommandError, match=f"'{when}'"):
        tried(file(rows), *WORDS, *words)


@pytest.mark.parametrize(
    ("when", "layout"),
    [
        ("2026-04-13T12:00:00.123456789+02:00", ""),
        ("13.04.2026 12:00:00.5 +0200", "%d.%m.%Y %H:%M:%S.%f %z"),
        ("20260413T100000Z", ""),
        ("12:00 4/13/26 +0200", "%H:%M %m/%d/%y %z"),
    ],
)
def test_zones_and_parts_of_seconds_are_read(file, tried, when, layout):
    rows = [("a", "1", when, "p", "s", "1", "1")]
    found = tried(file(rows), *WORDS, *(("--time-format", layout) if layout else ()))
    assert found["until"].startswith("2026-04-13T10:00:00")


def test_what_programs_write_for_nothing_is_nothing(file, tried):
    none = [(word, "x", LAST, "p", "s", "1", "1") for word in ("NULL", "NaN", r"\N", "  ")]
    found = tried(file([*none, ("a", "1", LAST, "p", "s", "1", "1")]), *WORDS)
    assert (found["customers"], found["lines"]["dropped"]) == (1, {"no_customer": 4})


def test_without_a_column_of_orders_what_is_missing_is_counted_as_that(file, tried):
    none = [("", "x", LAST, "p", "s", "1", "1"), ("a", "x", "", "p", "s", "1", "1")]
    found = tried(file([*none, ("a", "1", LAST, "p", "s", "1", "1")]), *WORDS[:-2])
    assert found["lines"]["dropped"] == {"no_customer": 1, "no_time": 1}


def test_a_file_without_purchases_says_why(file, tried):
    with pytest.raises(CommandError, match=r"None of the 0 lines of .*orders.csv is a purchase"):
        tried(file([]), *WORDS)
    with pytest.raises(CommandError, match=r"None of the 1 lines .* is a purchase: zero 1"):
        tried(file([("a", "1", LAST, "p", "s", "0", "1")]), *WORDS)


def test_a_column_that_occurs_twice_is_told(file, tried):
    with pytest.raises(CommandError, match="has 2 columns 'each'"):
        tried(file(orders(1), (*NAMES[:-1], "each")), *WORDS)


def test_a_key_that_is_too_long_is_told_under_its_own_name(file, tried):
    with pytest.raises(CommandError, match=r"'who' of .* is not a key of at most 240 characters"):
        tried(file([("a" * 241, "1", LAST, "p", "s", "1", "1")]), *WORDS)


def test_without_a_place_for_files_it_is_told(file, tried, tmp_path, settings):
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path / "none")}
    with pytest.raises(CommandError, match=r"temporary file cannot be written: .* WORK_DIR"):
        tried(file(orders(1)), *WORDS)


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


SAME = (LAST, LAST - dt.timedelta(days=9), LAST)
OF_PARQUET = ("--customer", "who", "--item", "what", "--time", "when", "--revenue", "paid")


@pytest.fixture
def parquet(tmp_path):
    """Writes three lines, with other columns in place of some; the path."""

    def parquet(*, file="orders.parquet", options=(), **columns):
        plain = {"who": ["1", "1", "2"], "when": pa.array(SAME), "what": ["7", "8", "7"]}
        table = pa.table(plain | {"paid": [1.5, 2.5, 1.0]} | columns)
        pq.write_table(table, tmp_path / file, **dict(options))
        return tmp_path / file

    return parquet


@pytest.mark.parametrize(
    "columns",
    [
        {"who": pa.array([1, 1, 2])},
        {"who": pa.array([1.0, 1.0, 2.0])},
        {"who": pa.array(["1", "1", "2"], pa.large_string())},
        {"who": pa.array([" 1", "1 ", "2"]).dictionary_encode()},
        {"paid": pa.array(["1.5", "2.50 ", "1"], pa.large_string())},
        {"paid": pa.array(["1.5", "2.5", "1"]).dictionary_encode()},
        {"when": pa.array([f"{one:%Y-%m-%d %H:%M}" for one in SAME], pa.large_string())},
        {"when": pa.array(SAME, pa.timestamp("ns", "America/New_York"))},
        {"file": "orders.PARQUET"},
        {"options": {"use_deprecated_int96_timestamps": True}},
    ],
)
def test_types_of_a_parquet_file_may_differ(parquet, tried, columns):
    plain = tried(parquet(), *OF_PARQUET)
    assert tried(parquet(**columns), *OF_PARQUET) == plain
    assert (plain["customers"], plain["orders"]) == (2, 3)


def test_a_time_beyond_nanoseconds_stays_in_the_future(parquet, tried):
    when = pa.array([*SAME[:2], LAST.replace(year=9999)], pa.timestamp("us", "UTC"))
    path = parquet(when=when, options={"use_deprecated_int96_timestamps": True})
    assert tried(path, *OF_PARQUET)["lines"]["dropped"] == {"future": 1}


def test_a_customer_that_is_no_number_is_none(parquet, tried):
    found = tried(parquet(who=pa.array([1.0, None, float("nan")])), *OF_PARQUET)
    assert (found["customers"], found["lines"]["dropped"]) == (1, {"no_customer": 2})


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"when": pa.array([1767225600, 1767225600, 20260110])}, "'when' .* of the type int64"),
        ({"who": pa.array([[1], [1], [2]])}, "'who' of .* is not a key"),
        ({"paid": pa.array([True, True, False])}, "'paid' .* of the type bool"),
        ({"paid": pa.array([1e17, 1.0, 1.0])}, "'paid' .* at most 16 digits"),
    ],
)
def test_types_that_mean_something_else_are_told(parquet, tried, columns, told):
    with pytest.raises(CommandError, match=told):
        tried(parquet(**columns), *OF_PARQUET)
