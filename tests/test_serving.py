"""What is answered to whom, from where, and at what cost."""

import pytest
from django.db import connection

from django_clvrec.exceptions import NoSource, UnknownLevel
from django_clvrec.models import SourceState
from django_clvrec.serving import recommend, tier_of
from tests.shelf import Shelf


@pytest.fixture
def shelf(db, settings):
    """Lists are made of keys; whether there are objects is asked in tests of its own."""
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.EverythingSells"}
    return Shelf("corner")


@pytest.fixture
def real_items(shelf, settings):
    """Only what the shop has is shown, and nothing fills a list up."""
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.OnlyListed"}


def ask(customer=None, level="product", n=10, intent="discover", **more):
    return recommend(customer, level, n, intent, source="corner", **more)


def keys(answer):
    return [item.key for item in answer]


# where an answer comes from


def test_a_customer_gets_the_stored_list_in_its_order(shelf):
    shelf.recommended("ann", "pear", "apple", "fig")
    answer = ask("ann")
    assert (answer.source, keys(answer)) == ("stored", ["pear", "apple", "fig"])
    assert [item.rank for item in answer] == [1, 2, 3]
    assert [item.score for item in answer] == [0.9, 0.89, 0.88]


def test_the_list_is_the_one_for_the_level_and_the_intent(shelf):
    shelf.recommended("ann", "apple")
    shelf.recommended("ann", "bread", intent="again")
    shelf.recommended("ann", "acme", level="brand")
    assert keys(ask("ann", intent="again")) == ["bread"]
    assert keys(ask("ann", "brand")) == ["acme"]


def test_the_lists_of_other_customers_are_not_served(shelf):
    shelf.recommended("ann", "apple")
    assert keys(ask("bob")) == []


def test_without_a_stored_list_the_tier_decides_what_is_popular(shelf):
    shelf.score("ann", tier="high")
    shelf.popular("caviar", "truffle", tier="high")
    shelf.popular("bread", tier="low")
    answer = ask("ann")
    assert (answer.source, keys(answer)) == ("popular_in_tier", ["caviar", "truffle"])


def test_a_short_list_of_the_tier_is_filled_up_with_what_is_popular_with_all(shelf):
    shelf.score("ann", tier="high")
    shelf.popular("caviar", "fig", tier="high")
    shelf.popular("apple", "caviar", "pear")
    assert keys(ask("ann", n=3)) == ["caviar", "fig", "apple"]


def test_a_customer_without_a_score_gets_what_is_popular_with_all(shelf):
    shelf.popular("apple")
    shelf.popular("bread", tier="low")
    answer = ask("nobody knows")
    assert (answer.source, keys(answer)) == ("popular", ["apple"])


def test_where_nothing_is_popular_in_the_tier_it_is_what_is_popular_with_all(shelf):
    shelf.score("ann", tier="high")
    shelf.popular("apple", "pear")
    answer = ask("ann")
    assert (answer.source, keys(answer)) == ("popular", ["apple", "pear"])


def test_a_visitor_without_a_key_gets_what_is_popular(shelf):
    shelf.popular("apple")
    assert ask(None).source == ask("").source == "popular"


def test_nothing_popular_is_an_empty_answer_with_a_reason(shelf):
    answer = ask("ann")
    assert (answer.source, len(answer), bool(answer)) == ("none", 0, False)
    assert answer.reason


@pytest.mark.django_db
def test_before_the_first_refresh_the_answer_says_so(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert ask("ann").reason == "No recommendations have been published yet."


def test_buying_again_needs_orders_and_says_so(shelf):
    shelf.popular("apple")
    answer = ask("ann", intent="again")
    assert answer.source == "none"
    assert answer.reason == "There is no list to buy again for this customer."
    assert ask(None, intent="again").reason.endswith("for a visitor who is not known.")


def test_discover_hides_what_was_bought_from_what_is_popular(shelf, stock):
    ann = stock.customer()
    stock.bought(ann, "apple")
    shelf.popular("apple", "pear")
    assert keys(ask(str(ann.pk))) == ["pear"]
    assert keys(ask(str(ann.pk), intent="mixed")) == ["apple", "pear"]


def test_what_was_paid_back_is_not_taken_for_bought(shelf, stock):
    ann = stock.customer()
    stock.line(stock.order(ann), "apple", is_refunded=True)
    shelf.popular("apple", "pear")
    assert keys(ask(str(ann.pk))) == ["apple", "pear"]


def test_a_customer_who_bought_all_of_the_tiers_items_gets_those_of_all(shelf, stock):
    ann = stock.customer()
    stock.bought(ann, "caviar")
    shelf.score(ann, tier="high")
    shelf.popular("caviar", tier="high")
    shelf.popular("caviar", "apple")
    answer = ask(str(ann.pk))
    assert (answer.source, keys(answer)) == ("popular", ["apple"])


def test_a_customer_who_bought_all_that_is_popular_is_not_told_that_nothing_sells(shelf, stock):
    ann = stock.customer()
    stock.bought(ann, "apple")
    shelf.popular("apple")
    assert not ask(str(ann.pk)).reason.startswith("Nothing was bought")


# n, level, intent, source


def test_n_cuts_the_list(shelf):
    shelf.recommended("ann", *"abcdef")
    assert keys(ask("ann", n=2)) == ["a", "b"]


def test_n_is_capped_at_the_length_of_stored_lists(shelf, settings):
    settings.CLVREC = settings.CLVREC | {"LIST_LENGTH": 3}
    shelf.popular(*"abcdef")
    assert len(ask(n=1000)) == 3


@pytest.mark.parametrize("n", [0, -1])
def test_n_below_one_is_refused(shelf, n):
    with pytest.raises(ValueError, match=f"at least 1, not {n}"):
        ask(n=n)


def test_an_unknown_intent_is_refused_with_the_ones_there_are(shelf):
    with pytest.raises(ValueError, match="'forget'; use one of discover, again, mixed"):
        ask(intent="forget")


def test_an_unknown_level_is_refused_with_the_ones_there_are(shelf):
    with pytest.raises(UnknownLevel, match="it has category, product, brand"):
        ask(level="shelf")


@pytest.mark.django_db
def test_an_unknown_source_is_refused_with_the_ones_there_are():
    with pytest.raises(NoSource, match="there is ShopPurchases, corner"):
        recommend(source="kiosk")


def test_the_first_level_and_the_first_source_are_the_defaults(shelf):
    Shelf("ShopPurchases").popular("1", level="category")
    shelf.popular("2", level="category")
    assert keys(recommend()) == ["1"]
    assert keys(recommend(source="corner")) == ["2"]


# the shop's objects


def test_objects_come_with_the_items(shelf, stock):
    apple = stock.product("apple")
    shelf.popular("apple")
    assert [item.object for item in ask(with_objects=True)] == [apple]


def test_values_without_a_model_stand_for_themselves(shelf):
    shelf.popular("acme", level="brand")
    assert [item.object for item in ask(level="brand", with_objects=True)] == ["acme"]


@pytest.mark.parametrize("with_objects", [True, False])
def test_vanished_items_drop_out_and_ranks_stay_without_gaps(
    shelf, real_items, stock, with_objects
):
    stock.product("apple")
    stock.product("fig")
    shelf.popular("apple", "gone", "fig")
    answer = ask(with_objects=with_objects)
    assert [(item.rank, item.key) for item in answer] == [(1, "apple"), (2, "fig")]


@pytest.mark.parametrize("with_objects", [True, False])
def test_the_next_best_takes_the_place_of_a_vanished_item(shelf, real_items, stock, with_objects):
    stock.product("apple")
    stock.product("fig")
    shelf.popular("gone", "apple", "fig")
    assert keys(ask(n=2, with_objects=with_objects)) == ["apple", "fig"]


def test_a_list_of_nothing_but_vanished_items_does_not_end_in_silence(shelf, real_items, stock):
    stock.product("apple")
    shelf.recommended("ann", "gone")
    shelf.popular("apple")
    answer = ask("ann", with_objects=True)
    assert (answer.source, keys(answer)) == ("popular", ["apple"])


# the live snapshot, and only that one


def test_a_finished_snapshot_that_is_not_live_is_not_served(shelf):
    shelf.popular("apple")
    Shelf("corner", is_live=False).popular("pear")
    assert keys(ask()) == ["apple"]


def test_after_a_flip_nothing_of_the_old_snapshot_is_left(shelf):
    shelf.recommended("ann", "old")
    shelf.score("ann", tier="high")
    shelf.popular("older", tier="high")
    Shelf("corner").popular("young")
    assert keys(ask("ann")) == ["young"]
    assert tier_of("ann", "corner") == "new"


def test_a_flip_in_the_middle_of_an_answer_does_not_mix_two_snapshots(shelf):
    shelf.score("ann", tier="high")
    shelf.popular("old", tier="high")
    later = Shelf("corner", is_live=False)
    later.popular("young")
    queries = []

    def flip_after_the_first(execute, *query):
        found = execute(*query)
        queries.append(query)
        if len(queries) == 1:
            SourceState.objects.filter(source="corner").update(live=later.snapshot)
        return found

    with connection.execute_wrapper(flip_after_the_first):
        assert keys(ask("ann")) == ["old"]
    assert keys(ask("ann")) == ["young"]


def test_one_source_never_serves_the_snapshot_of_another(shelf):
    Shelf("ShopPurchases").popular("1")
    assert keys(ask()) == []


def test_the_tier_is_that_of_the_live_snapshot(shelf):
    shelf.score("ann", tier="low")
    Shelf("corner", is_live=False).score("ann", tier="high")
    assert tier_of("ann", "corner") == "low"
    assert tier_of("bob", "corner") == tier_of(None, "corner") == "new"


# what it costs, once the process has met the snapshot


@pytest.fixture
def met(shelf, stock):
    """What a process keeps of the snapshot was read for somebody else."""
    ask(str(stock.customer().pk))


@pytest.mark.parametrize("n", [1, 40])
@pytest.mark.parametrize("customers", [1, 20])
@pytest.mark.usefixtures("met")
def test_a_stored_answer_takes_two_queries(shelf, stock, n, customers, django_assert_num_queries):
    ann, *others = (stock.customer() for _ in range(customers))
    for customer in (ann, *others):
        shelf.recommended(customer, *(f"p{item:02}" for item in range(40)))
    with django_assert_num_queries(2):  # list with purchases since, what sells
        assert len(ask(str(ann.pk), n=n)) == n


def test_objects_take_no_query_more(shelf, met, stock, django_assert_num_queries):
    ann = stock.customer()
    shelf.recommended(ann, *(stock.product(f"p{item:02}") for item in range(40)))
    with django_assert_num_queries(2):
        assert len(ask(str(ann.pk), n=40, with_objects=True)) == 40


def test_a_process_that_meets_a_snapshot_takes_one_query_more(
    shelf, stock, django_assert_num_queries
):
    ann = stock.customer()
    shelf.recommended(ann, "apple", "pear")
    with django_assert_num_queries(3):
        ask(str(ann.pk), n=2)
    with django_assert_num_queries(2):
        ask(str(ann.pk), n=2)


def test_a_popular_answer_takes_four_queries(shelf, django_assert_num_queries):
    shelf.popular("apple")
    with django_assert_num_queries(4):  # snapshot, lists, what was learnt, what sells
        ask()


@pytest.mark.parametrize("orders", [1, 12])
def test_a_popular_answer_for_a_customer_takes_five(
    shelf, met, stock, orders, django_assert_num_queries
):
    ann = stock.customer()
    for number in range(orders):
        stock.bought(ann, f"p{number}")
    shelf.popular("apple")
    with django_assert_num_queries(5):  # list, lists, purchases, what was learnt, what sells
        ask(str(ann.pk))
