"""What an experiment may be."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from django_clvrec.models import Experiment
from tests.experiments.conftest import DAY, TWO, experiment, show

CONTROL = TWO[0]


def faults(variants=TWO, key="window", **fields):
    """By field, what `clean` says."""
    one = Experiment(key=key, name="A window", variants=variants, **fields)
    try:
        one.full_clean(validate_unique=False)
    except ValidationError as error:
        return error.message_dict
    return {}


def other(**options):
    return [CONTROL, {"name": "other", "weight": 1} | options]


@pytest.mark.django_db
def test_what_varies_may_be_recommender_rules_variety_or_template():
    rule = {"action": "boost", "categories": ["3"], "factor": 2, "price_to": "9.50"}
    assert faults([
        CONTROL,
        {"name": "ease", "weight": 2.5, "recommender": "ease"},
        {"name": "varied", "weight": 1, "most_per_category": 2, "rules": [rule]},
        {"name": "cards", "weight": 1, "template": "clvrec/recommendations/default.html"},
    ], level="product", tiers=["low", "high"], is_active=True) == {}  # fmt: skip


BAD = [
    ("text", "A list of objects"),
    (["control", "other"], "A list of objects"),
    ([CONTROL], "At least two variants"),
    ([CONTROL, {"weight": 1}], "needs a name"),
    ([CONTROL, {"name": "", "weight": 1}], "needs a name"),
    ([CONTROL, {"name": 3, "weight": 1}], "needs a name"),
    ([CONTROL, {"name": "a:b", "weight": 1}], "without a colon"),
    ([CONTROL, CONTROL], "the same name"),
    ([CONTROL, {"name": "n" * 58, "weight": 1}], "more than 63 characters"),
    ([CONTROL, {"name": "ü" * 29, "weight": 1}], "more than 63 characters of ASCII"),
    (other(colour="red"), "other: There is no option 'colour'; use name, weight"),
    ([CONTROL, {"name": "other"}], "The weight must be a number above 0"),
    (other(weight=0), "The weight must be"),
    (other(weight=-1), "The weight must be"),
    (other(weight=True), "The weight must be"),
    (other(weight="1"), "The weight must be"),
    (other(weight=float("nan")), "The weight must be"),
    (other(weight=float("inf")), "The weight must be"),
    (other(weight=10**400), "The weight must be"),
    (
        other(rules=[{"action": "pin", "items": ["1"], "position": float("inf")}]),
        "NaN and infinite",
    ),
    (other(rules=[{"action": "boost", "factor": float("nan")}]), "NaN and infinite"),
    (other(rules=[{"action": "boost", "factor": 10**400}]), "Rule 1, factor: The number is too"),
    (other(rules=[{"action": "pin", "items": ["1"], "position": 10**400}]), "Rule 1, position"),
    (other(recommender="eese"), "There is no recommender 'eese'; use one of popular"),
    (other(recommender=["ease"]), "There is no recommender"),
    (other(most_per_category=0), "must be a whole number from 1"),
    (other(most_per_category=True), "must be a whole number from 1"),
    (other(rules={"action": "hide"}), "rules must be a list"),
    (other(rules=["hide"]), "rules must be a list"),
    (other(rules=[{"action": "hide", "level": "brand"}]), "Rule 1 has no option 'level'"),
    (other(rules=[{"items": ["1"]}]), "Rule 1, action"),
    (other(rules=[{"action": "burn"}]), "Rule 1, action"),
    (other(rules=[{"action": "hide"}, {"action": "pin"}]), "Rule 2, items: A pin needs items."),
    (other(rules=[{"action": "hide", "items": [17]}]), "Rule 1, items: A list of texts"),
    (other(rules=[{"action": "boost", "factor": 0}]), "Rule 1, factor"),
    (other(rules=[{"action": "boost", "factor": None}]), "Rule 1, factor"),
    (other(rules=[{"action": "hide", "price_from": "x"}]), "Rule 1, price_from"),
    (other(rules=[{"action": "hide", "price_from": 3, "price_to": "2"}]), "Rule 1, price_to"),
    (other(template="nowhere.html"), "There is no template 'nowhere.html'"),
    (other(template="clvrec"), "There is no template"),
    (other(template=None), "There is no template"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("variants", "why"), BAD, ids=str)
def test_variants_that_mean_nothing_are_refused(variants, why):
    found = faults(variants)
    assert list(found) == ["variants"]
    assert why in " ".join(found["variants"])


@pytest.mark.django_db
@pytest.mark.parametrize("tiers", [["top"], "high", [["high"]], {"high": 1}, 3])
def test_unknown_tiers_are_refused(tiers):
    assert faults(tiers=tiers)["tiers"] == ["Use some of new, low, mid, high."]


@pytest.mark.django_db
def test_it_does_not_end_before_it_begins():
    now = timezone.now()
    assert faults(starts_at=now, ends_at=now)["ends_at"] == ["It is not after the beginning."]


@pytest.mark.django_db
def test_a_key_is_a_slug():
    assert "key" in faults(key="two words")
    assert "key" in faults(key="k" * 51)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "two", "meet"),
    [
        ({}, {}, True),
        ({"level": "product"}, {}, True),
        ({"level": "product"}, {"level": "product"}, True),
        ({"level": "product"}, {"level": "category"}, False),
        ({"tiers": ["low", "mid"]}, {"tiers": ["mid", "high"]}, True),
        ({"tiers": ["low"]}, {"tiers": ["mid"]}, False),
        ({"tiers": ["low"]}, {"tiers": []}, True),
        ({"ends_at": 1}, {"starts_at": 1}, False),
        ({"starts_at": 1}, {"ends_at": 1}, False),
        ({"ends_at": 2}, {"starts_at": 1}, True),
        ({"ends_at": -1}, {}, False),
        ({"ends_at": -1}, {"starts_at": -3}, False),
        ({}, {"ends_at": -1}, False),
        ({"starts_at": 1}, {"ends_at": 1, "starts_at": -3}, False),
        ({"ends_at": 1}, {}, True),
    ],
    ids=str,
)
def test_of_two_for_the_same_lists_only_one_is_active(one, two, meet):
    now = timezone.now()

    def with_times(fields):
        return {n: now + v * DAY if n.endswith("_at") else v for n, v in fields.items()}

    experiment("first", **with_times(one))
    found = faults(is_active=True, **with_times(two))
    assert ("“first” is active for some of the same lists" in str(found)) == meet
    assert not faults(is_active=False, **with_times(two))


@pytest.mark.django_db
def test_an_active_one_is_not_in_its_own_way():
    experiment().full_clean()


CHANGES = [
    ({"key": "other"}, "key"),
    ({"variants": [CONTROL, {"name": "new", "weight": 1}]}, "variants"),
    ({"variants": [CONTROL, {"name": "other", "weight": 2}]}, "variants"),
    ({"variants": [*TWO, {"name": "third", "weight": 1}]}, "variants"),
]


def changed(one, **fields):
    """What is wrong with `one` when it has these fields."""
    for name, value in fields.items():
        setattr(one, name, value)
    try:
        one.full_clean()
    except ValidationError as error:
        return error.message_dict
    return {}


@pytest.mark.django_db
@pytest.mark.parametrize(("change", "field"), CHANGES)
def test_what_runs_and_was_shown_is_not_divided_anew(change, field):
    one = experiment()
    assert changed(one, **change) == {}
    one.refresh_from_db()
    show("ann", "window:control")
    [why] = changed(one, **change)[field]
    assert why.startswith("It runs and lists were shown")


@pytest.mark.django_db
def test_what_runs_and_was_shown_may_be_renamed_and_ended():
    one = experiment()
    show("ann", "window:control")
    varied = [CONTROL, {"name": "other", "weight": 1, "most_per_category": 2}]
    assert changed(one, name="Another", ends_at=timezone.now() + DAY, variants=varied) == {}


@pytest.mark.django_db
def test_a_key_is_used_once():
    show("ann", "window:control")
    assert faults()["key"] == [
        "Lists were shown under this key before, and would be counted too. Use another one."
    ]
    assert faults(key="window2") == {}
    assert "key" in changed(experiment("first", is_active=False), key="window")
