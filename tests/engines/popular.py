"""What every engine must find popular; part of the contract."""

import pandas as pd
import pytest

from tests.logs import line, two_tastes

UNTRAINED = {"min_buyers": 1000}
"""For tests that ask for scores or popularity only: training takes most of a run's time."""


def popular_of(outputs, tier=""):
    return next(p for p in outputs.popular if p.level == "product" and p.tier == tier)


class PopularContract:
    """Tests of popularity; `run` and `tastes` are those of the contract."""

    def test_popular_is_what_most_customers_bought_lately(self, run):
        lines = [
            *(line(f"c{n}", f"new{n}", "fresh", 5) for n in range(3)),
            *(line(f"c{n}", f"old{n}", "stale", 200) for n in range(9)),
            *(line("c0", f"again{n}", "hoarded", 5) for n in range(9)),
        ]
        outputs, _, _ = run(lines, **UNTRAINED)
        assert popular_of(outputs).item_keys == ("fresh", "hoarded")
        assert popular_of(outputs).scores == (3 / 4 - 1, 1 / 4 - 1)

    def test_popular_in_a_tier_counts_its_customers_only(self, tastes):
        outputs, scores, _ = tastes
        log = pd.DataFrame(two_tastes()).merge(scores[["customer_key", "tier"]], on="customer_key")
        recent = log[log["purchased_at"] > log["purchased_at"].max() - pd.Timedelta(days=28)]
        for tier in set(scores["tier"]) - {"new"}:
            buyers = (
                recent[recent["tier"] == tier].groupby("item_product")["customer_key"].nunique()
            )
            best = sorted(buyers.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
            found = popular_of(outputs, tier)
            assert found.item_keys == tuple(key for key, _ in best)
            most = best[0][1]
            assert found.scores == tuple(count / (1 + most) - 1 for _, count in best)

    @pytest.fixture(scope="class")
    @classmethod
    def opinions(cls, run):
        """What is popular where some items are liked, some are not, and some have no rating."""
        lines = [
            *(line(f"c{n}", f"x{n}", "liked", rating=4) for n in range(5)),
            line("c0", "y", "loved by one", rating=5),
            *(line(f"c{n}", f"z{n}", "disliked", rating=1) for n in range(9)),
            *(line(f"c{n}", f"u{n}", "unrated") for n in range(3)),
            line("c0", "v", "neither", rating=3),
            line("c0", "w", "long ago", 200),
        ]
        outputs, _, _ = run(lines, **UNTRAINED)
        return popular_of(outputs)

    def test_what_many_rated_well_comes_first(self, opinions):
        assert opinions.item_keys[:2] == ("liked", "loved by one")
        assert opinions.scores[:2] == (5.0, 2.0)

    def test_the_list_is_filled_with_what_others_bought_lately(self, opinions):
        # the most bought, whether listed or not, has nine buyers
        assert opinions.item_keys[2:] == ("unrated", "neither")
        assert opinions.scores[2:] == (3 / 10 - 1, 1 / 10 - 1)

    def test_one_rating_moves_one_item(self, run):
        lines = [line(f"c{n}", f"x{n}-{m}", f"i{m}") for n in range(6) for m in range(1 + n)]
        outputs, _, _ = run([*lines, line("c9", "y", "i5", rating=5)], **UNTRAINED)
        assert popular_of(outputs).item_keys == ("i5", "i0", "i1", "i2", "i3", "i4")

    def test_a_tier_likes_by_its_own_ratings(self, run):
        lines = [*two_tastes(), line("c06", "r", "flower9", rating=5)]
        lines += [line(f"c{n:02}", f"s{n}", "flower9", rating=1) for n in range(7, 40, 7)]
        outputs, scores, _ = run(lines, **UNTRAINED)
        tier = scores.set_index("customer_key")["tier"]["c06"]
        raters = scores.query("tier == @tier")["customer_key"]
        assert not set(raters) & {f"c{n:02}" for n in range(7, 40, 7)}
        assert popular_of(outputs, tier).item_keys[0] == "flower9"
        assert "flower9" not in popular_of(outputs).item_keys

    def test_a_shop_that_sold_nothing_lately_shows_what_it_sold_last(self, run):
        lines = [line(f"c{n}", f"o{n}", "scarf", 200 + n) for n in range(3)]
        outputs, _, _ = run([*lines, line("c0", "older", "fan", 300)], **UNTRAINED)
        assert popular_of(outputs).item_keys == ("scarf",)
