"""Visitors are answered from a replica that is behind: late, but never by a mix."""

import logging
import re

import pytest
from django.core.checks import run_checks
from django.db import OperationalError, connections

from django_clvrec.core.ranking import AGAIN, DISCOVER
from django_clvrec.models import (
    CurrentTier,
    Experiment,
    MerchandisingRule,
    PopularItems,
    Snapshot,
    SnapshotArray,
    SourceState,
    TierChange,
)
from django_clvrec.serving import customer_bought, recommend, related, segment_of, tier_of
from tests.corner_shop.models import Line
from tests.open_shop import OFTEN, ONCE, TWICE, OpenShop
from tests.replica import ALIAS, POINTER, ROWS, replica_database

pytestmark = pytest.mark.django_db(databases=["default", ALIAS])


@pytest.fixture(scope="module")
def replica_tables(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), replica_database() as replica:
        yield replica


@pytest.fixture
def replica(replica_tables, settings, db):
    settings.CLVREC = settings.CLVREC | {"READ_DATABASE": ALIAS}
    return replica_tables


@pytest.fixture
def shop(replica):
    """A shop whose first snapshot has come to the replica."""
    shop = OpenShop().refresh()
    replica.copy()
    return shop


def answers(shop):
    """All that some customers and a visitor are shown, and of which snapshot."""
    asked = [(None, DISCOVER)]
    asked += [(number, intent) for number in (OFTEN, TWICE, ONCE) for intent in (DISCOVER, AGAIN)]
    found = [shop.ask(number, intent=intent) for number, intent in asked]
    return [(one.snapshot_id, one.source, [item.key for item in one]) for one in found]


def test_the_alias_is_right(replica):
    assert [found for found in run_checks() if str(found.id).startswith("clvrec")] == []


def test_without_a_snapshot_on_the_replica_nothing_is_shown(replica):
    shop = OpenShop().refresh()
    assert shop.ask(OFTEN).reason == "No recommendations have been published yet."


def test_answers_come_from_the_replica(shop, replica):
    before = answers(shop)
    newer = OpenShop.refresh(shop).snapshot
    assert answers(shop) == before
    replica.copy()
    assert {snapshot for snapshot, _, _ in answers(shop)} == {newer.pk}


def test_at_every_step_of_replication_answers_are_the_old_ones_or_the_new_ones(shop, replica):
    before = answers(shop)
    shop.refresh()
    for rows in ROWS:
        replica.copy(rows)
        assert answers(shop) == before
    replica.copy(*POINTER)
    assert {snapshot for snapshot, _, _ in answers(shop)} == {shop.snapshot.pk}


def test_a_replica_that_caught_up_answers_as_the_write_database(shop, replica, settings):
    shop.refresh()
    replica.copy()
    found = answers(shop)
    settings.CLVREC = settings.CLVREC | {"READ_DATABASE": None}
    assert answers(shop) == found


def test_orders_elsewhere_are_asked_where_they_are(shop, django_assert_num_queries):
    shop.buy(OFTEN, "p01")
    shop.ask(OFTEN)
    shop.buy(OFTEN, "p02")
    with django_assert_num_queries(1, using=ALIAS):
        found = shop.ask(OFTEN)
    assert found.source == "fold_in"
    assert not {"p01", "p02"} & {item.key for item in found}


class ReadsReplica:
    """The shop's own router: what is read comes from the replica."""

    def db_for_read(self, model, **hints):
        return ALIAS


def test_routers_of_the_shop_are_kept_to_where_nothing_is_set(shop, settings):
    settings.CLVREC = settings.CLVREC | {"READ_DATABASE": None}
    settings.DATABASE_ROUTERS = ["tests.test_replica.ReadsReplica"]
    before = shop.snapshot.pk
    SourceState.objects.using("default").update(live=None)
    assert shop.ask().snapshot_id == before


# several replicas behind one alias


def forgotten(*models):
    """One of the replicas is behind: it does not have these rows yet."""
    for model in models:
        model.objects.using(ALIAS).all().delete()


def test_arrays_that_a_replica_does_not_have_yet_come_from_the_write_database(shop):
    forgotten(SnapshotArray)
    shop.buy(OFTEN, "p01")
    assert shop.ask(OFTEN).source == "fold_in"
    assert related(["p01"], "product", 3, source="corner")


def test_what_is_popular_does_too(shop):
    forgotten(PopularItems)
    assert shop.shown()


def test_a_snapshot_that_a_replica_knows_as_running_does_too(shop):
    Snapshot.objects.using(ALIAS).update(state="running", report={})
    shop.buy(OFTEN, "p01")
    assert shop.ask(OFTEN).source == "fold_in"
    assert tier_of(shop.key(OFTEN), "corner") != "new"


def away(execute, sql, *rest):
    """The tables of the write database cannot be reached."""
    if re.search(r"[\"`]clvrec_", sql):
        raise OperationalError("the server has gone away")
    return execute(sql, *rest)


def test_a_replica_serves_on_while_the_write_database_is_away(shop, caplog):
    forgotten(PopularItems)
    caplog.set_level(logging.WARNING, logger="django_clvrec")
    with connections["default"].execute_wrapper(away):
        assert shop.ask(OFTEN).source == "stored"
        assert shop.ask().source == "catalogue"
    assert "The write database cannot be asked: OperationalError" in caplog.text


# what was written just now


def moved(shop):
    """Somebody whose tier changes with what is bought now."""
    before = tier_of(shop.key(TWICE), "corner")
    for number in range(12):
        shop.buy(TWICE, f"p{number:02}", price="900.00")
    after = customer_bought(shop.key(TWICE), "corner")
    assert before != after
    return before, after


def test_a_move_is_noted_once_though_the_replica_does_not_know_of_it(shop):
    before, after = moved(shop)
    assert tier_of(shop.key(TWICE), "corner") == after
    shop.ask(TWICE)
    assert list(TierChange.objects.values_list("from_tier", "to_tier")) == [(before, after)]
    assert not CurrentTier.objects.using(ALIAS).exists()


def test_who_moves_back_before_the_replica_knows_is_noted_when_it_does(shop, replica):
    before, after = moved(shop)
    Line.objects.filter(unit_price=900).update(is_refunded=True)
    assert customer_bought(shop.key(TWICE), "corner") == before
    assert TierChange.objects.count() == 1
    replica.copy(CurrentTier)
    assert tier_of(shop.key(TWICE), "corner") == before
    changes = TierChange.objects.order_by("pk").values_list("from_tier", "to_tier")
    assert list(changes) == [(before, after), (after, before)]


def test_a_visit_that_reads_an_old_pointer_notes_nothing(shop):
    shop.refresh()
    for number in range(12):
        shop.buy(TWICE, f"p{number:02}", price="900.00")
    tier_of(shop.key(TWICE), "corner")
    assert not TierChange.objects.filter(cause="order").exists()


# what admins keep


def test_rules_and_experiments_are_the_replicas(shop, replica):
    [hidden] = shop.shown(n=1)
    MerchandisingRule.objects.create(level="product", action="hide", items=[hidden])
    variants = [{"name": name, "weight": 1} for name in ("control", "other")]
    Experiment.objects.create(key="window", is_active=True, variants=variants)
    asked = shop.ask(OFTEN)
    assert (asked.variant, shop.shown(n=1)) == ("", [hidden])
    replica.copy()
    assert shop.ask(OFTEN).variant.startswith("window:")
    assert shop.shown(n=1) != [hidden]


def test_the_segment_is_the_replicas(shop, replica):
    known = segment_of(shop.key(OFTEN), "corner")
    SourceState.objects.update(live=None)
    assert segment_of(shop.key(OFTEN), "corner") == known != ""


def test_nothing_is_ever_written_to_it(shop):
    written = []

    def watch(execute, sql, *rest):
        written.extend([sql] if not sql.lstrip().upper().startswith("SELECT") else [])
        return execute(sql, *rest)

    with connections[ALIAS].execute_wrapper(watch):
        shop.refresh()
        moved(shop)
        recommend(shop.key(OFTEN), "product", source="corner")
    assert written == []
