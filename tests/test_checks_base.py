"""What `manage.py check` says of settings where nothing can be trained, as on web servers."""

import sys

import pytest

from django_clvrec.checks import check_settings


@pytest.mark.parametrize("name", ["spark", "local", "shop.engines.OnArrow"])
def test_where_nothing_can_be_trained_engines_are_not_judged(settings, monkeypatch, name):
    settings.CLVREC = {"ENGINE": name}
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert check_settings() == []


def test_a_misspelt_engine_is_found_where_nothing_can_be_trained_too(settings, monkeypatch):
    settings.CLVREC = {"ENGINE": "lokal"}
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert [found.id for found in check_settings()] == ["clvrec.E003"]


@pytest.fixture
def recommender(monkeypatch, tmp_path):
    """A shop's own recommender whose module imports a package."""

    def recommender(package):
        (tmp_path / f"uses_{package}.py").write_text(f"import {package}\n")
        monkeypatch.syspath_prepend(tmp_path)
        return {"CONTESTANTS": [f"uses_{package}.Own"], "RECOMMENDER": "own"}

    return recommender


def test_a_recommender_that_needs_what_trains_is_judged_where_that_is(
    settings, monkeypatch, recommender
):
    settings.CLVREC = recommender("sklearn")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert check_settings() == []


def test_a_recommender_that_needs_something_else_is_not_excused(settings, monkeypatch, recommender):
    settings.CLVREC = recommender("nowhere_to_be_found")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    wrong = [found.msg for found in check_settings()]
    assert any("CONTESTANTS" in message for message in wrong)
