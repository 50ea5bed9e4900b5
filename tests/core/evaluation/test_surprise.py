"""The article's other algorithms, and what is said where their library is missing."""

import sys

import numpy as np
import pytest

from django_clvrec.core.evaluation.ratings import Pairs, numbered
from django_clvrec.core.evaluation.surprise import surprise_algorithms
from django_clvrec.exceptions import SurpriseNotInstalled
from tests.core.evaluation.made_up import made_up_ratings

NAMES = ["SlopeOne", "CoClustering", "NMF", "SVD", "SVD++"]


@pytest.fixture(scope="module")
def rows():
    return numbered(*made_up_ratings(60))[0]


def test_all_of_the_articles_algorithms_are_there():
    assert list(surprise_algorithms()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_pair_gets_a_rating_on_the_scale_the_same_each_time(rows, name):
    asked = Pairs(customers=np.array([0, 0, 999]), items=np.array([0, 11, 999]))
    first, again = (surprise_algorithms(seed=3)[name](rows, asked) for _ in range(2))
    assert first.tolist() == again.tolist()
    assert ((first >= 1) & (first <= 5)).all()


def test_an_unknown_customer_gets_the_mean(rows):
    asked = Pairs(customers=np.array([999]), items=np.array([999]))
    found = surprise_algorithms()["SVD"](rows, asked)
    assert found[0] == pytest.approx(rows.ratings.mean())


def test_without_the_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "surprise", None)
    with pytest.raises(SurpriseNotInstalled, match=r'pip install "django-clvrec\[article\]"'):
        surprise_algorithms()
