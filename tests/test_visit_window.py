"""What is shown at a visit: never what was just bought or cannot be sold, and as rules want it."""

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.ranking import INTENTS
from django_clvrec.models import MerchandisingRule
from django_clvrec.serving import tier_of
from tests.corner_shop.models import Category, Product
from tests.open_shop import OFTEN, ONCE, TWICE, OpenShop
from tests.policies import NotGone, Priced

pytestmark = pytest.mark.django_db

ALL = [f"p{number:02}" for number in range(24)]


@pytest.fixture
def live(db):
    return OpenShop().refresh()


@pytest.fixture
def config(settings):
    """Changes CLVREC."""

    def config(**changes):
        settings.CLVREC = settings.CLVREC | changes

    return config


def policy(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def keep(action, level="product", **fields):
    """A rule as an admin keeps it."""
    return MerchandisingRule.objects.create(name=action, level=level, action=action, **fields)


def given_rule(action, level="product", **fields):
    """The same rule as settings have it."""
    return {"level": level, "action": action, **fields}


# just bought


@pytest.mark.parametrize("intent", INTENTS)
def test_what_was_bought_a_moment_ago_is_in_no_list(live, intent):
    again = live.shown(OFTEN, intent="again")[0]
    live.buy(OFTEN, again)
    found = live.shown(OFTEN, intent=intent)
    assert again not in found
    assert found


@pytest.mark.parametrize("intent", ["again", "mixed"])
def test_without_days_of_rest_it_may_be_bought_again_at_once(live, config, intent):
    config(REST_DAYS=0)
    again = live.shown(OFTEN, intent="again")[0]
    live.buy(OFTEN, again)
    assert again in live.shown(OFTEN, intent=intent, n=24)
    assert again not in live.shown(OFTEN, n=24)


@pytest.mark.parametrize(("rest", "is_shown"), [(1, True), (40, False)])
def test_what_was_bought_before_the_refresh_rests_too(live, config, rest, is_shown):
    order = live.buy(OFTEN, "p03")
    order.placed_at = live.stock.as_of - dt.timedelta(days=20)
    order.save()
    live.refresh()
    config(REST_DAYS=rest)
    assert ("p03" in live.shown(OFTEN, intent="again", n=24)) is is_shown


def test_visitors_without_a_name_see_what_others_have_just_bought(live):
    popular = live.shown()[0]
    live.buy(OFTEN, popular)
    assert live.shown()[0] == popular


# exclude


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("number", [None, OFTEN])
def test_what_is_excluded_is_not_shown_and_the_next_best_follows(live, number, intent):
    before = live.shown(number, intent=intent, n=6)
    found = live.shown(number, intent=intent, n=4, exclude=before[:2])
    assert found == before[2:6]


# rules, of settings and of admins


@pytest.fixture(params=["settings", "admin"])
def rule(request, config):
    """Sets one rule, the one way or the other."""

    def rule(*args, **fields):
        if request.param == "admin":
            keep(*args, **fields)
        else:
            config(RULES=[given_rule(*args, **fields)])

    return rule


def test_a_hidden_item_is_in_no_list(live, rule):
    first = live.shown(OFTEN)[0]
    rule("hide", items=[first])
    assert first not in live.shown(OFTEN)
    assert len(live.shown(OFTEN)) == 10


def test_a_pinned_item_stands_where_it_is_wanted(live, rule):
    last = live.shown(ONCE, n=12)[11]
    rule("pin", items=[last], position=2)
    assert live.shown(ONCE)[1] == last


def test_what_nobody_recommends_can_be_pinned(live, rule):
    live.stock.product("brand new")
    rule("pin", items=["brand new"])
    assert live.shown(OFTEN)[0] == "brand new"
    assert live.shown()[0] == "brand new"


def test_a_boosted_category_moves_up(live, rule):
    shelf = Category.objects.get(name="category 3")
    mine = {*Product.objects.filter(category=shelf).values_list("pk", flat=True)}
    before = live.shown(None, n=24)
    rule("boost", categories=[shelf.pk], factor=50)
    after = live.shown(None, n=24)
    assert {*after[: len(mine)]} == mine
    assert after[len(mine) :] == [key for key in before if key not in mine]


def test_a_price_band_is_asked_of_the_policy(live, rule, config):
    config(POLICY=policy(Priced))
    rule("hide", price_from="5", price_to="20.5")
    shown = {*live.shown(None, n=24)}
    assert shown == {key for key in ALL if not 5 <= int(key[1:]) <= 20}


def test_a_rule_for_another_level_changes_nothing(live, rule):
    before = live.shown(OFTEN)
    rule("hide", level="brand", items=before)
    assert live.shown(OFTEN) == before


def test_a_rule_for_a_tier_holds_for_its_customers_only(live, rule):
    tier, first = tier_of(live.key(OFTEN), "corner"), live.shown(OFTEN)[0]
    rule("hide", items=[first], tiers=[tier])
    assert tier != "new"
    assert first not in live.shown(OFTEN)
    assert first in live.shown(None, n=24)


@pytest.mark.parametrize(
    ("begins", "ends", "holds"),
    [(-2, 2, True), (1, None, False), (None, -1, False), (-1, None, True), (None, 1, True)],
)
def test_a_rule_holds_from_its_beginning_to_its_end(live, rule, begins, ends, holds):
    first = live.shown()[0]
    fields = {
        name: timezone.now() + dt.timedelta(hours=hours)
        for name, hours in [("starts_at", begins), ("ends_at", ends)]
        if hours is not None
    }
    rule("hide", items=[first], **fields)
    assert (first not in live.shown()) is holds


def test_a_rule_that_is_switched_off_changes_nothing(live):
    before = live.shown()
    keep("hide", items=before, is_active=False)
    assert live.shown() == before


def test_a_rule_of_another_source_changes_nothing(live):
    before = live.shown()
    keep("hide", items=before, source="ShopPurchases")
    assert live.shown() == before
    keep("hide", items=before[:1], source="corner")
    assert before[0] not in live.shown()


def test_pins_for_discover_never_show_what_was_bought(live, rule):
    old = min(live.bought(OFTEN))
    rule("pin", items=[old])
    assert old not in live.shown(OFTEN, n=24)
    assert live.shown(OFTEN, intent="mixed")[0] == old
    assert live.shown(ONCE + 8, intent="mixed")[0] == old


def test_pins_never_show_what_was_just_bought_excluded_or_is_not_for_sale(live, config):
    config(POLICY=policy(NotGone), RULES=[given_rule("pin", items=["p20", "p21", "p22", "p23"])])
    Product.objects.filter(pk="p23").update(brand="gone")
    live.buy(TWICE, "p20")
    for intent in ("discover", "mixed"):
        found = live.shown(TWICE, intent=intent, exclude=["p21"], n=24)
        assert not {"p20", "p21", "p23"} & {*found}
        assert "p22" not in found[1:]


def test_at_most_so_many_of_a_category_are_in_a_list(live, config):
    config(MOST_PER_CATEGORY=1)
    found = live.shown(None, n=6)
    shelves = Product.objects.filter(pk__in=found).values_list("category", flat=True)
    assert len(found) == len({*shelves}) == 6


# only what can be sold

EXAMPLES = examples(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EXAMPLES
@given(gone=st.sets(st.sampled_from(ALL)), n=st.integers(1, 24), data=st.data())
def test_only_what_can_be_sold_is_shown_and_the_list_is_full_while_there_is_any(
    live, config, gone, n, data
):
    config(POLICY=policy(NotGone))
    Product.objects.filter(pk__in=gone).update(brand="gone")
    Product.objects.exclude(pk__in=gone).update(brand="")
    number = data.draw(st.sampled_from([None, OFTEN, TWICE, ONCE]))
    is_fresh = number is not None and data.draw(st.booleans())
    if is_fresh:
        live.buy(number, data.draw(st.sampled_from(ALL)))
    resting = set() if number is None else just_bought(live, number)
    sold = {*ALL} - gone - resting
    found = live.shown_by_intent(number, n=n)
    for some in found.values():
        assert not {*some} & (gone | resting)
        assert len(some) == len({*some})
    assert len(found["mixed"]) == min(n, len(sold))
    bought = set() if number is None else live.bought(number)
    assert len(found["discover"]) == min(n, len(sold - bought))
    assert {*found["again"]} <= bought


def just_bought(live, number):
    recent = live.customers[number].order_set.filter(placed_at__gt=live.stock.as_of)
    return {*Product.objects.filter(line__order__in=recent).values_list("pk", flat=True)}


def test_nothing_to_sell_is_an_empty_answer_with_a_reason(live, config):
    config(POLICY=policy(NotGone))
    Product.objects.update(brand="gone")
    for intent in INTENTS:
        answer = live.ask(OFTEN, intent=intent)
        assert (len(answer), answer.source) == (0, "none")
        assert answer.reason


def test_what_was_published_and_is_deleted_since_is_not_shown(live):
    first = live.shown(OFTEN)[0]
    Product.objects.filter(pk=first).delete()
    found = live.shown(OFTEN)
    assert first not in found
    assert len(found) == 10


def test_what_came_after_the_refresh_fills_a_list_up(live):
    live.stock.product("brand new")
    assert "brand new" in live.shown(None, n=25)
