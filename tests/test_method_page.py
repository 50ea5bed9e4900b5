"""What `docs/explanation/method.md` and the glossary say is true."""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from django_clvrec.conf import DEFAULTS
from django_clvrec.core.tiers import overall_score, tier_of

FOLDER = Path(__file__).parent.parent / "docs/explanation"
METHOD = (FOLDER / "method.md").read_text()
GLOSSARY = (FOLDER / "glossary.md").read_text()


def test_the_example_is_scored_as_the_code_scores():
    rows = re.findall(
        r"^\| (\w+) \| (\d) \| (\d) \| (\d) \| (\d) \| (\w+) \|$", METHOD, re.MULTILINE
    )
    assert [name for name, *_ in rows] == ["Ann", "Bob", "Cid"]
    for _, *scores, overall, tier in rows:
        found = overall_score(tuple(map(int, scores)), (4, 4, 4))
        assert found == int(overall)
        assert tier_of(np.array([found]), DEFAULTS["TIERS"]).tolist() == [tier]


def test_tiers_and_exploration_are_the_defaults():
    assert DEFAULTS["TIERS"] == {"low": 0, "mid": 4, "high": 6}
    assert "low 0 to 3, mid 4 and 5, high 6 to 9" in METHOD
    assert DEFAULTS["EXPLORATION"] == {"new": 0.1}


def test_each_word_is_told_once():
    rows = re.findall(r"^\| (.+?) \| ", GLOSSARY, re.MULTILINE)
    words = Counter(word for row in rows if row != "Word" for word in row.split(", "))
    assert [word for word, times in words.items() if times > 1] == []
