"""The CLVREC setting: defaults, laziness, and what becomes of it in a run."""

import datetime as dt

import pytest
from django.test import override_settings

from django_clvrec.conf import DEFAULTS, get_config, load_class
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.parameters import (
    als_parameters,
    clusters_by_dimension,
    engine_name,
    engine_options,
    run_parameters,
)
from django_clvrec.policy import Policy
from django_clvrec.sources import get_source

AS_OF = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


class OtherPolicy(Policy):
    """A policy of the host's own."""


def test_without_the_setting_everything_has_its_default(settings):
    del settings.CLVREC
    get_config.cache_clear()  # pytest-django does not tell Django of a deleted setting
    assert get_config() == DEFAULTS


def test_what_is_set_overrides_its_default_and_nothing_else(settings):
    settings.CLVREC = {"MIN_ORDERS": 7}
    assert get_config() == DEFAULTS | {"MIN_ORDERS": 7}


def test_a_changed_setting_is_seen_at_once(settings):
    settings.CLVREC = {"MIN_ORDERS": 7}
    assert get_config()["MIN_ORDERS"] == 7
    with override_settings(CLVREC={"MIN_ORDERS": 8}):
        assert get_config()["MIN_ORDERS"] == 8
    assert get_config()["MIN_ORDERS"] == 7


def test_the_setting_is_read_once():
    assert get_config() is get_config()


def test_another_setting_does_not_matter(settings):
    before = get_config()
    settings.LANGUAGE_CODE = "de"
    assert get_config() is before


def test_reading_changes_no_default(settings):
    settings.CLVREC = {"TIERS": {"low": 0, "mid": 1, "high": 2}}
    get_config()
    assert DEFAULTS["TIERS"] == {"low": 0, "mid": 4, "high": 6}


def test_a_class_is_loaded_by_its_path(settings):
    settings.CLVREC = {"POLICY": f"{__name__}.OtherPolicy"}
    assert load_class("POLICY") is OtherPolicy
    settings.CLVREC = {}
    assert load_class("POLICY") is Policy


def test_the_engine_gets_the_setting_that_is_called_like_it(settings):
    settings.CLVREC = {"ENGINE": "spark", "SPARK": {"master": "local[3]"}}
    assert engine_name() == "spark"
    assert engine_options("spark") == {"master": "local[3]"}
    assert engine_options("shop.engines.Tiny") == {}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("elbow", (None, None, None)),
        (4, (4, 4, 4)),
        ({"recency": 3, "frequency": "elbow"}, (3, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_the_number_of_clusters_is_set_for_all_dimensions_or_for_each(setting, expected):
    assert tuple(clusters_by_dimension(setting).values()) == expected
    assert list(clusters_by_dimension(setting)) == ["recency", "frequency", "monetary_value"]


def test_als_parameters_of_a_level_override_those_of_all():
    setting = {"factors": 8, "alpha": 2.0, "product": {"factors": 32}}
    assert als_parameters(setting, "product") == AlsParameters(factors=32, alpha=2.0)
    assert als_parameters(setting, "category") == AlsParameters(factors=8, alpha=2.0)
    assert als_parameters({}, "category") == AlsParameters()


def test_a_run_follows_the_settings(settings):
    settings.CLVREC = {
        "CLUSTERS": {"recency": 5},
        "TIERS": {"low": 0, "mid": 3, "high": 8},
        "MIN_ORDERS": 3,
        "FEEDBACK": "explicit",
        "RATING_RANGE": (0, 10),
        "ALS": {"product": {"factors": 2}},
        "MIN_TIER_CUSTOMERS": 11,
        "MIN_BUYERS": 12,
        "POPULARITY_DAYS": 13,
        "LIST_LENGTH": 14,
    }
    run = run_parameters(get_source("corner"), AS_OF)
    assert run.as_of == AS_OF
    assert run.levels == ("category", "product", "brand")
    assert run.clusters == {"recency": 5, "frequency": None, "monetary_value": None}
    assert run.tiers == {"low": 0, "mid": 3, "high": 8}
    assert (run.min_orders, run.feedback, run.rating_midpoint) == (3, "explicit", 5.0)
    assert {level: als.factors for level, als in run.als.items()} == {
        "category": 64,
        "product": 2,
        "brand": 64,
    }
    assert (run.min_tier_customers, run.min_buyers) == (11, 12)
    assert (run.popularity_days, run.list_length) == (13, 14)
