"""Stages of a refresh in words, and how much of it is done at each of them."""

import pytest

from django_clvrec.office.stages import share_done, time_left, words

SECONDS = {
    "extract": 10, "rfm": 5, "popularity": 2, "interactions": 2, "train category": 4,
    "recommend category": 6, "train product": 20, "recommend product": 31, "publish": 20,
}  # fmt: skip
LEVELS = ["category", "product"]
IN_ORDER = [
    ("extract", 0, 100), ("extract", 50, 100), ("backtest", 1, 9), ("rfm", 0, 1),
    ("popularity", 0, 2), ("interactions", 0, 2), ("train category", 0, 4),
    ("train category", 3, 4), ("recommend category", 1, 2), ("popularity", 1, 2),
    ("interactions", 1, 2), ("train product", 0, 4), ("recommend product", 3, 4),
    ("publish", 0, 0), ("publish", 90, 100),
]  # fmt: skip


def test_the_share_that_is_done_never_falls():
    shares = [share_done(*step, SECONDS, LEVELS) for step in IN_ORDER]
    assert shares == sorted(shares)
    assert (shares[0], shares[1], shares[-1]) == (0, 0.05, 0.98)


def test_more_done_than_there_was_to_do_is_all_of_the_stage():
    assert share_done("publish", 300, 100, SECONDS, LEVELS) == 1


@pytest.mark.parametrize("stage", ["", "train brand", "a stage of another engine"])
def test_of_a_stage_that_the_last_refresh_did_not_have_nothing_is_known(stage):
    assert share_done(stage, 1, 2, SECONDS, LEVELS) is None


def test_without_a_last_refresh_nothing_is_known():
    assert share_done("extract", 1, 2, {}, []) is None


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("", "Starting"),
        ("extract", "Reading purchases"),
        ("train product", "Training at the level “product”"),
        ("train", "train"),
        ("a stage of another engine", "a stage of another engine"),
    ],
)
def test_a_stage_is_told_in_words(stage, said):
    assert words(stage) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "less than a minute left"), (100, "about 2 min left"), (7200, "about 2 h left")],
)
def test_the_time_left_is_told_roughly(seconds, said):
    assert time_left(seconds) == said
