"""What `docs/how-to/levels.md` and `docs/how-to/ratings.md` say is true."""

import re
from pathlib import Path

import numpy as np
import pytest

from django_clvrec.core.recommenders.popularity import most_popular
from django_clvrec.engines.backtests import competitors
from django_clvrec.exceptions import UnknownLevel
from django_clvrec.models import LEVEL_LENGTH
from django_clvrec.parameters import ALS_FIELDS, run_parameters
from django_clvrec.serving import recommend
from django_clvrec.sources import get_source
from tests.shelf import AS_OF, Shelf, product

HOW_TO = Path(__file__).parent.parent / "docs/how-to"
LEVELS, RATINGS = (HOW_TO / "levels.md").read_text(), (HOW_TO / "ratings.md").read_text()


def test_names_that_are_taken_and_their_length_are_those_of_the_code():
    assert f"at most {LEVEL_LENGTH} characters" in LEVELS
    *most, last = sorted(ALS_FIELDS)
    assert f"`{'`, `'.join(most)}` and `{last}` are taken" in LEVELS


@pytest.mark.django_db
def test_a_level_of_which_nothing_is_stored_yet_shows_the_catalogue():
    Shelf()
    oats = product("Oats")
    answer = recommend(None, level="product")
    assert (answer.source, [one.key for one in answer]) == ("catalogue", [str(oats.pk)])


@pytest.mark.django_db
def test_a_level_that_was_taken_away_is_unknown():
    Shelf()
    with pytest.raises(UnknownLevel):
        recommend(None, level="brand")


def test_what_is_liked_comes_first_and_what_is_disliked_is_left_out():
    sums, counts, buyers = [10, 2, 0], [2, 2, 0], [1, 50, 9]
    columns = [np.array(one, dtype=float) for one in (sums, counts, buyers)]
    top, _ = most_popular(*columns, 3.0, 10)
    assert top.tolist() == [0, 2]


def test_factorisations_do_not_compete_on_ratings(settings):
    settings.CLVREC = settings.CLVREC | {"FEEDBACK": "explicit"}
    names = competitors(run_parameters(get_source("corner"), AS_OF), "product")
    assert not {"als", "als:tier"} & {*names}
    assert "ease" in names


def test_an_attribute_of_the_page_is_one_that_a_source_has():
    attribute = re.search(r"`rating = \"(\w+)\"`", RATINGS)[1]
    assert get_source("corner").rating == attribute
