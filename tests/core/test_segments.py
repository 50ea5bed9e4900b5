"""Named segments: one for every customer, whatever the number of clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.segments import DEFAULT, rules_of, segments
from django_clvrec.core.tiers import Scale

RULES = rules_of(DEFAULT)
NAMES = [
    "champions", "loyal", "potential_loyal", "new", "promising", "needs_attention",
    "about_to_sleep", "at_risk", "cant_lose", "hibernating", "lost",
]  # fmt: skip


def scale(recency=4, frequency=4, monetary_value=4, min_orders=2):
    clusters = {
        name: fit_clusters(np.arange(1.0, 31.0), np.ones(30), k=k)
        for name, k in (
            ("recency", recency), ("frequency", frequency), ("monetary_value", monetary_value),
        )
    }  # fmt: skip
    return Scale(**clusters, tiers={"low": 0, "mid": 4, "high": 6}, min_orders=min_orders)


def segment(r, f, m, orders=9, **k):
    found = segments(
        RULES, scale(**k), recency_score=[r], frequency_score=[f], monetary_score=[m],
        frequency=[orders],
    )  # fmt: skip
    return found[0]


def test_there_are_the_eleven_that_the_field_knows():
    assert {rule.name for rule in RULES} == {*NAMES}


@pytest.mark.parametrize(
    ("r", "f", "m", "name"),
    [
        (3, 3, 3, "champions"),
        (3, 3, 2, "champions"),
        (3, 2, 1, "loyal"),
        (2, 3, 3, "loyal"),
        (3, 1, 1, "potential_loyal"),
        (2, 0, 0, "potential_loyal"),
        (1, 2, 2, "needs_attention"),
        (1, 0, 0, "about_to_sleep"),
        (1, 3, 3, "at_risk"),
        (0, 2, 2, "at_risk"),
        (0, 3, 3, "cant_lose"),
        (0, 0, 0, "hibernating"),
    ],
)
def test_scores_of_four_clusters_have_these_names(r, f, m, name):
    assert segment(r, f, m) == name


@pytest.mark.parametrize(
    ("r", "name"), [(3, "new"), (2, "promising"), (1, "about_to_sleep"), (0, "lost")]
)
def test_one_large_order_makes_nobody_loyal(r, name):
    assert segment(r, 0, 3, orders=1) == name


def test_who_orders_seldom_but_has_ordered_before_is_not_new():
    assert segment(3, 0, 0, orders=2) == "potential_loyal"


@given(st.data())
def test_everybody_is_in_one_segment_for_any_number_of_clusters(data):
    k = [data.draw(st.integers(1, 7)) for _ in range(3)]
    scores = [data.draw(st.integers(0, size - 1)) for size in k]
    where = dict(zip(("recency", "frequency", "monetary_value"), k, strict=True))
    assert segment(*scores, data.draw(st.integers(1, 9)), **where) in NAMES


def test_a_table_of_ones_own():
    rules = rules_of(
        [
            {"name": "here", "recency": [0.5, 1], "frequency_monetary": [0, 1]},
            {"name": "gone", "recency": [0, 0.5], "frequency_monetary": [0, 1]},
        ]
    )
    found = segments(
        rules, scale(), recency_score=[0, 1, 2, 3], frequency_score=[0] * 4,
        monetary_score=[0] * 4, frequency=[5] * 4,
    )  # fmt: skip
    assert found.tolist() == ["gone", "gone", "here", "here"]


def rule(name="all", recency=(0, 1), frequency_monetary=(0, 1)):
    return {"name": name, "recency": recency, "frequency_monetary": frequency_monetary}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([], "No segment holds customers at recency 0.5, frequency_monetary 0.5."),
        ([rule(recency=(0, 0.9))], "No segment holds customers at recency 0.95"),
        ([rule(), rule("few", (0.5, 1))], "all and few both hold customers at recency 0.75"),
        ([rule(""), rule()], "Rule 1 is not"),
        ([rule(recency=(1, 0))], "Rule 1 is not"),
        ([rule(recency=(0, 2))], "Rule 1 is not"),
        ([rule(recency=(0,))], "Rule 1 is not"),
        ([rule(recency=None)], "Rule 1 is not"),
        ([rule(recency=("a", "b"))], "Rule 1 is not"),
        ([rule(recency=(float("nan"), 1))], "Rule 1 is not"),
        ([rule() | {"colour": "red"}], "Rule 1 is not"),
        ([rule("x" * 51)], "Rule 1 is not"),
        ([rule("At risk")], "a name without spaces"),
        ([rule("a,b")], "a name without spaces"),
        (["all"], "Rule 1 is not"),
        (7, "is a list of rules"),
    ],
)
def test_a_table_that_is_none_is_refused_with_the_reason(table, said):
    with pytest.raises(ValueError, match=said):
        rules_of(table)
