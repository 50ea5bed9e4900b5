"""What the report of an experiment says, against a slow count of the same lists."""

import json
from collections import defaultdict

import numpy as np
import pytest
from django.utils import timezone

from django_clvrec.core.experiments import assign
from django_clvrec.experiments import report
from django_clvrec.models import Feedback, ShownList
from tests.experiments.conftest import DAY, TWO, experiment, show

pytestmark = pytest.mark.django_db


@pytest.fixture
def planted():
    """Lists of 60 customers and visitors, who click and buy the more in “other”."""
    one = experiment()
    random = np.random.default_rng(5)
    for number in range(60):
        name = assign(str(number), "window", {"control": 1, "other": 1})
        for seen in range(int(random.integers(1, 4))):
            does = random.random(3) < (0.6 if name == "other" else 0.3)
            show(
                str(number),
                f"window:{name}",
                clicked=[key for key, is_done in zip("ab", does[:2], strict=True) if is_done],
                sold={"a": round(random.gamma(2.0, 9.0), 2)} if does[2] else None,
                is_customer=number % 3 > 0,
                tier=("low", "high")[(number + seen) % 2],
                level=("product", "category")[number % 10 == 0],
                shown_at=timezone.now() - (5 - seen) * DAY,
            )
    # of others
    show("1", "", clicked=["a"])
    show("1", "window2:control", clicked=["a"])
    return one


def counted(variant, level="product", tier=None):
    """Means by hand, row by row."""
    by_subject = defaultdict(list)
    for row in ShownList.objects.filter(variant__startswith="window:", level=level):
        by_subject[row.subject_key, row.is_customer].append(row)
    shown, clicked, revenue = [], [], []
    for rows in by_subject.values():
        rows.sort(key=lambda row: row.shown_at)
        if rows[0].variant != f"window:{variant}" or tier not in {None, rows[0].tier}:
            continue
        events = [list(Feedback.objects.filter(shown_list=row)) for row in rows]
        shown.append(len(rows))
        clicked.append(sum(any(e.kind == "clicked" for e in each) for each in events))
        revenue.append(sum(float(e.value or 0) for each in events for e in each))
    return {
        "subjects": len(shown),
        "click_rate": sum(clicked) / sum(shown),
        "buyer_rate": np.mean(np.array(revenue) > 0),
        "revenue": np.mean(revenue),
    }


@pytest.mark.parametrize("variant", ["control", "other"])
def test_figures_are_those_of_a_count_by_hand(planted, variant):
    found = report(planted, "product").levels[0]
    parts = {None: found.overall} | {part.tier: part for part in found.by_tier}
    assert set(parts) == {None, "low", "high"}
    for tier, part in parts.items():
        wanted = counted(variant, tier=tier)
        result = part.results[variant]
        assert result.subjects == wanted.pop("subjects")
        assert {name: one.value for name, one in result.figures.items()} == pytest.approx(wanted)
        for one in result.figures.values():
            assert one.low < one.value < one.high


def test_differences_are_to_the_first_variant(planted):
    results = report(planted, "product").levels[0].overall.results
    assert list(results) == ["control", "other"]
    assert not results["control"].differences
    for name, one in results["other"].differences.items():
        value = results["other"].figures[name].value - results["control"].figures[name].value
        assert one.value == pytest.approx(value)
        assert one.low < one.value < one.high
        assert 0 < one.p_value < 1


def test_levels_stay_apart(planted):
    levels = {one.level: one.overall for one in report(planted).levels}
    assert list(levels) == ["category", "product"]
    subjects = [sum(r.subjects for r in part.results.values()) for part in levels.values()]
    assert subjects == [6, 54]


def test_one_tier_may_be_asked_for(planted):
    found = report(planted, "product", "high").levels[0]
    assert (found.overall.tier, found.by_tier) == ("high", ())
    assert found.overall.results["other"].subjects == counted("other", tier="high")["subjects"]


def test_a_list_counts_once_however_often_it_was_clicked():
    one = experiment()
    show("ann", "window:control", clicked=["a", "b"])
    show("ann", "window:control")
    figure = report(one).levels[0].overall.results["control"].figures["click_rate"]
    assert figure.value == 0.5


def test_the_tier_is_that_of_the_first_list():
    one = experiment()
    show("ann", "window:other", tier="high", shown_at=timezone.now() - DAY)
    show("ann", "window:other", tier="low", shown_at=timezone.now() - 2 * DAY)
    [part] = report(one).levels[0].by_tier
    assert (part.tier, part.results["other"].subjects) == ("low", 1)


def test_who_saw_two_variants_counts_in_the_first_and_is_told():
    one = experiment()
    show("ann", "window:other", shown_at=timezone.now() - DAY, sold={"a": 3})
    show("ann", "window:control", shown_at=timezone.now() - 2 * DAY)
    part = report(one).levels[0].overall
    assert {name: result.subjects for name, result in part.results.items()} == {
        "control": 1, "other": 0,
    }  # fmt: skip
    assert part.results["control"].figures["revenue"].value == 3
    assert any("1 of 1 subjects saw more than one variant" in note for note in part.notes)


def test_what_was_shown_later_than_now_is_not_counted():
    one = experiment()
    show("ann", "window:other", shown_at=timezone.now() - DAY)
    show("bob", "window:other", shown_at=timezone.now() - 3 * DAY)
    part = report(one, now=timezone.now() - 2 * DAY).levels[0].overall
    assert part.results["other"].subjects == 1


def many(variant, number, clicked=0, buyers=30):
    for place in range(number):
        does = ["a"] if place < clicked else []
        sold = {"a": 2 + place} if place < buyers else None
        show(f"{variant}{place}", f"window:{variant}", clicked=does, sold=sold)


def test_a_mismatch_of_the_sample_ratio_is_told():
    one = experiment()
    many("control", 120, clicked=12)
    many("other", 190, clicked=12)
    part = report(one).levels[0].overall
    assert part.ratio.is_mismatch
    [note] = part.notes
    assert note.startswith("Do not trust this: subjects are control 120, other 190")


def test_a_variant_that_was_taken_away_is_told():
    one = experiment(variants=[*TWO, {"name": "gone", "weight": 1}])
    for name in ("control", "other", "gone"):
        many(name, 120, clicked=12)
    show("gone0", "window:other")
    one.variants = TWO
    part = report(one).levels[0].overall
    assert part.ratio.is_mismatch
    assert "control 120, other 120, gone 120" in part.notes[0]
    assert "1 of 360 subjects saw more than one variant" in part.notes[-1]


def test_keys_that_begin_alike_stay_apart():
    one = experiment()
    show("ann", "window:control")
    for label in ("Window:control", "window2:control", "windo:control", "window", "x:window:a"):
        show("bob", label, level="category")
    assert [level.level for level in report(one).levels] == ["product"]


def test_the_weights_are_what_the_ratio_is_held_to():
    one = experiment(variants=[TWO[0] | {"weight": 12}, TWO[1] | {"weight": 19}])
    many("control", 120, clicked=12)
    many("other", 190, clicked=12)
    assert report(one).levels[0].overall.notes == ()


def test_too_few_to_decide_is_told():
    one = experiment()
    many("control", 120, clicked=12)
    many("other", 99, clicked=12)
    [note] = report(one).levels[0].overall.notes
    assert note == "Too few to decide: under 100 subjects in other. Wait."
    show("more", "window:other")
    Feedback.objects.filter(shown_list__variant="window:other").delete()
    [note] = report(one).levels[0].overall.notes
    assert note == "Too few to decide: under 10 clicked lists in other. Wait."


def test_too_few_buyers_are_told():
    one = experiment()
    many("control", 120, clicked=12)
    many("other", 120, clicked=12, buyers=29)
    [note] = report(one).levels[0].overall.notes
    assert note.startswith("Too few to compare buyers and revenue: under 30 buyers in other.")


@pytest.mark.parametrize("subjects", [5, 40])
def test_one_query_tells_all_however_many_take_part(subjects, django_assert_num_queries):
    one = experiment()
    many("control", subjects, clicked=3)
    many("other", subjects, clicked=3)
    show("ann", "window:other", level="category")
    with django_assert_num_queries(1):
        report(one)


def test_as_json_it_is_plain():
    one = experiment()
    assert report(one).to_json()["levels"] == []
    show("ann", "window:control")
    told = report(one).to_json()
    json.dumps(told, allow_nan=False)
    [level] = told["levels"]
    assert level["overall"]["results"]["other"]["figures"]["click_rate"]["value"] is None
    assert level["overall"]["ratio"] == {"p_value": pytest.approx(0.317, abs=1e-3)} | {
        "is_mismatch": False
    }
