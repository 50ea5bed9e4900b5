"""Popular lists learn what newcomers click, and try a few items out."""

import threading
import time
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from django_clvrec.core.bandit import STRENGTH, examined
from django_clvrec.exploration import arms_for, explored, generator
from django_clvrec.feedback import Subject, prune_feedback, read_token, record, token_for
from django_clvrec.models import BanditArm, ShownList
from django_clvrec.serving import recommend, told_by
from tests.feedback.conftest import clicked, shown
from tests.policies import EverythingSells
from tests.shelf import Shelf, person

GOODS = tuple(f"p{number:02}" for number in range(30))
N = 10


class SomeSell(EverythingSells):
    def sellable(self, source, level, keys):
        return super().sellable(source, level, [key for key in keys if key not in {"p00", "p07"}])


class Devices(EverythingSells):
    def context(self, request):
        return request.headers["User-Agent"].lower()


@pytest.fixture
def explores(settings):
    """Everything sells, and newcomers' lists explore by `share`."""

    def explores(share=0.1, **more):
        settings.CLVREC = (
            settings.CLVREC
            | more
            | {
                "POLICY": more.get("POLICY", "tests.policies.EverythingSells"),
                "EXPLORATION": {"new": share},
            }
        )

    explores()
    return explores


@pytest.fixture
def shelf(db, explores):
    shelf = Shelf()
    shelf.popular(*GOODS)
    return shelf


def ask(visitor=None, customer=None, n=N, **more):
    return recommend(customer, "product", n, visitor=visitor, **more)


def keys(answer):
    return [item.key for item in answer]


def report(answer, *items, by="ann", **more):
    """A visitor sees a list and clicks items of it; its token."""
    subject = Subject(key=by, is_customer=False)
    token = token_for(answer, subject=subject)
    events = [shown(token), *(clicked(token, item) for item in items)]
    record(events, [subject], **more)
    return token


def arm(item, context=""):
    return BanditArm.objects.get(level="product", context=context, item_key=item)


# learning


def test_shows_count_as_they_are_examined_and_clicks_as_one(shelf):
    report(ask(), "p02")
    assert BanditArm.objects.count() == N
    assert arm("p00").shown == pytest.approx(1)
    assert (arm("p02").shown, arm("p02").clicked) == pytest.approx((float(examined(3)), 1))


def test_what_is_reported_twice_is_learnt_once(shelf):
    subject = Subject(key="ann", is_customer=False)
    token = token_for(ask(), subject=subject)
    events = [shown(token), clicked(token, "p00")]
    for _ in range(3):
        record(events + events, [subject])
    assert (arm("p00").shown, arm("p00").clicked) == pytest.approx((1, 1))


def test_a_click_that_comes_later_is_added(shelf):
    subject = Subject(key="ann", is_customer=False)
    token = token_for(ask(), subject=subject)
    record([shown(token)], [subject])
    record([clicked(token, "p00")], [subject])
    assert (arm("p00").shown, arm("p00").clicked) == pytest.approx((1, 1))


def test_lists_that_are_not_popular_teach_nothing(shelf):
    shelf.score("ann", tier="high")
    shelf.recommended("ann", *GOODS)
    report(ask(customer="ann"), "p00")
    assert ShownList.objects.count() == 1
    assert not BanditArm.objects.exists()


def test_tiers_that_do_not_explore_teach_nothing(shelf):
    shelf.score("ann", tier="high")
    ann = Subject(key="ann", is_customer=True)
    token = token_for(ask(customer="ann"), subject=ann)
    record([shown(token)], [ann])
    assert ShownList.objects.get().answer_source == "popular"
    assert not BanditArm.objects.exists()


def test_half_is_forgotten_in_the_days_that_popularity_looks_back(shelf, explores):
    explores(POPULARITY_DAYS=10)
    now = timezone.now()
    report(ask(), "p00", now=now - timedelta(days=10))
    assert arms_for("product", "", ["p00"]).clicked == pytest.approx(0.5, abs=1e-3)
    report(ask(), "p00", now=now)
    assert arm("p00").clicked == pytest.approx(1.5)


def test_reports_in_one_go_and_one_by_one_teach_the_same(shelf):
    subject, now = Subject(key="ann", is_customer=False), timezone.now()
    tokens = [token_for(ask(n=n), subject=subject) for n in (2, 5, 9)]
    record([clicked(token, "p01") for token in tokens], [subject], now=now)
    together = {one.item_key: (one.shown, one.clicked) for one in BanditArm.objects.all()}
    ShownList.objects.all().delete()
    BanditArm.objects.all().delete()
    for token in tokens:
        record([clicked(token, "p01")], [subject], now=now)
    for one in BanditArm.objects.all():
        assert (one.shown, one.clicked) == pytest.approx(together[one.item_key])


def test_what_nobody_saw_for_feedback_days_is_removed(shelf):
    report(ask(n=1), now=timezone.now() - timedelta(days=181))
    report(ask(n=2, exclude=["p00"]))
    prune_feedback()
    assert set(BanditArm.objects.values_list("item_key", flat=True)) == {"p01", "p02"}


# contexts


def test_a_context_learns_for_itself_and_for_all(shelf):
    report(ask(context="phone"), "p00")
    assert arm("p00", "phone").clicked == arm("p00").clicked == 1


def test_a_new_context_begins_with_what_the_others_taught(shelf):
    now = timezone.now()
    for context, count in (("", 4 * STRENGTH), ("phone", 0.0)):
        BanditArm.objects.create(
            level="product", context=context, item_key="p00", shown=count, clicked=count / 10,
            updated_at=now,
        )  # fmt: skip
    found = arms_for("product", "phone", ["p00", "p01"])
    assert found.shown == pytest.approx([STRENGTH, 0], abs=1e-3)
    assert found.clicked == pytest.approx([STRENGTH / 10, 0], abs=1e-3)
    assert arms_for("product", "", ["p00"]).shown == pytest.approx([4 * STRENGTH], abs=1e-3)


# what is shown


def test_without_feedback_the_order_is_that_of_popularity(shelf, explores):
    explores(1)
    answer = ask("ann")
    assert keys(answer) == list(GOODS[:N])
    assert answer.propensities is None


def test_a_share_of_0_is_the_order_of_popularity(shelf, explores):
    for _ in range(20):
        report(ask(), "p07")
    explores(0)
    assert keys(ask("ann")) == list(GOODS[:N])


def test_what_is_clicked_rises(shelf):
    before = keys(ask("ann")).index("p07")
    for number in range(40):
        report(ask(), *({"p07"} if number % 2 else ()))
    places = [keys(ask(f"v{number}")).index("p07") for number in range(20)]
    assert before == 7
    assert np.mean(places) < 2


def test_known_customers_see_the_plain_order(shelf):
    shelf.score("ann", tier="low")
    report(ask(), "p07")
    assert keys(ask(customer="ann")) == list(GOODS[:N])
    assert ask(customer="ann").propensities is None


def test_who_asks_for_what_is_popular_gets_that(shelf):
    report(ask(), "p07", "p08")
    assert keys(ask(explore=False)) == list(GOODS[:N])


def test_a_list_of_the_customers_own_is_filled_up_in_the_plain_order(shelf):
    report(ask(), "p07")
    shelf.recommended("bob", "p20")
    assert keys(ask(customer="bob")) == ["p20", *GOODS[: N - 1]]


def test_a_visitor_sees_the_same_for_an_hour_in_which_nothing_is_learnt(
    shelf, explores, monkeypatch
):
    explores(1)
    report(ask(), "p07")
    moment = timezone.now().replace(minute=1)

    def at(minutes):
        now = moment + timedelta(minutes=minutes)
        monkeypatch.setattr("django_clvrec.serving.request.now", lambda: now)
        return keys(ask("session:1"))

    assert at(0) == at(30) == at(58)
    assert at(0) != at(60)


def test_visitors_are_drawn_for_apart(shelf, explores):
    explores(1)
    report(ask(), "p07")
    lists = {tuple(keys(ask(f"session:{number}"))) for number in range(20)}
    assert len(lists) == 20
    assert keys(ask(None)) != keys(ask(None))


def test_nothing_that_is_excluded_or_does_not_sell_is_shown(shelf, explores, settings):
    report(ask(n=30), "p07", "p08")
    explores(1, POLICY=f"{__name__}.SomeSell")
    for number in range(20):
        answer = ask(f"v{number}", exclude=["p08"])
        assert len(answer) == N
        assert not {"p08", "p07", "p00"} & set(keys(answer))
        assert all(0 < answer.propensities[key] <= 1 for key in keys(answer))


# propensities


def test_propensities_are_logged_with_the_list(shelf, explores):
    explores(0.3)
    report(ask(), "p07")
    answer = ask("ann", context="phone")
    token = report(answer)
    row = ShownList.objects.get(pk=read_token(token).list_id)
    assert row.context == "phone"
    assert [key for key, _ in row.items] == keys(answer)
    assert all(0 < propensity <= 1 for _, propensity in row.items)


def test_even_a_tiny_probability_is_logged_as_one(shelf, explores):
    explores(1e-6)
    report(ask(), "p07")
    answer = ask("ann")
    answer.propensities[keys(answer)[0]] = 1e-7
    assert read_token(report(answer)).items[0][1] == 1e-7


def test_propensities_are_as_often_as_items_are_listed(shelf, explores):
    explores(0.3)
    report(ask(n=15), "p07", "p12")
    answers = [ask(f"v{number}") for number in range(400)]
    listed = {item: np.mean([item in keys(one) for one in answers]) for item in GOODS[:15]}
    for item, frequency in listed.items():
        told = [one.propensities[item] for one in answers if item in keys(one)]
        assert np.mean(told) == pytest.approx(frequency, abs=0.08)


# by request


def test_the_policy_gives_the_context_of_a_request(shelf, explores, client):
    explores(POLICY=f"{__name__}.Devices")
    client.force_login(person("ann"))
    for agent in ("Mobi", "Desktop"):
        address = reverse("clvrec:my-recommendations")
        found = client.get(address, {"level": "product"}, headers={"User-Agent": agent})
        assert read_token(found.json()["list"]).context == agent.lower()


def test_what_a_request_tells(shelf, explores):
    explores(POLICY=f"{__name__}.Devices")
    request = RequestFactory().get("/", headers={"User-Agent": "Mobi"})
    assert told_by(request, "ann") == {"context": "mobi", "visitor": None}
    assert told_by(None, None) == {}


# what it costs


def queries(*args, **more):
    with CaptureQueriesContext(connection) as seen:
        ask(*args, **more)
    return len(seen)


def test_what_was_learnt_takes_one_query(shelf, explores):
    plain = queries(explore=False)
    assert queries() == queries(n=30) == queries(context="phone") == plain + 1
    report(ask(n=30), "p07")
    assert queries() == queries(n=30) == queries(context="phone") == plain + 1
    explores(0)
    assert queries() == plain


def test_a_cache_knows_it(shelf, explores, settings):
    explores(CACHE_SECONDS=60)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    ask()
    assert queries() == 0


def test_learning_takes_three_queries_however_much_there_is(shelf):
    report(ask(n=30))
    counts = []
    for lists in (1, 10):
        subject = Subject(key=f"v{lists}", is_customer=False)
        tokens = [token_for(ask(n=3), subject=subject) for _ in range(lists)]
        with CaptureQueriesContext(connection) as seen:
            record([clicked(token, "p00") for token in tokens], [subject])
        counts.append(sum("clvrec_banditarm" in query["sql"] for query in seen))
    assert counts == [3, 3]


def test_a_list_of_50_candidates_is_drawn_in_milliseconds(db):
    now, rng = timezone.now(), np.random.default_rng(1)
    pairs = [(f"p{number:02}", 1.0) for number in range(50)]
    BanditArm.objects.bulk_create(
        BanditArm(level="product", item_key=key, shown=99 * rng.random(), clicked=3, updated_at=now)
        for key, _ in pairs
    )
    seconds = []
    for number in range(30):
        start = time.thread_time()  # whatever else the machine does
        drawn = explored(pairs, "product", "", 0.1, generator(f"v{number}", "product", "", now))
        drawn.propensities([key for key, _ in drawn.pairs[:N]])
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 0.009


# end to end


def click_rate_of_last_third(rounds, rng, *, explore):
    """Of newcomers who look at places as `examined` says and click by planted rates."""
    rates = dict(zip(GOODS, rng.permutation(np.linspace(0.01, 0.3, len(GOODS))), strict=True))
    clicks = []
    for number in range(rounds):
        answer = ask(f"v{number}", explore=explore)
        chances = [examined(item.rank) * rates[item.key] for item in answer]
        found = [item.key for item, p in zip(answer, chances, strict=True) if rng.random() < p]
        report(answer, *found, by=f"v{number}")
        clicks.append(sum(chances))
    return np.mean(clicks[-rounds // 3 :])


def test_newcomers_click_more_once_the_shop_has_learnt(shelf):
    plain = click_rate_of_last_third(3, np.random.default_rng(5), explore=False)
    BanditArm.objects.all().delete()
    learnt = click_rate_of_last_third(600, np.random.default_rng(5), explore=True)
    assert learnt > 1.2 * plain


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_lose_nothing(shelf):
    threads, lists = 8, 10
    answer = ask()
    start = threading.Barrier(threads)
    failed = []

    def run(number):
        try:
            start.wait()
            for turn in range(lists):
                subject = Subject(key=f"v{number}-{turn}", is_customer=False)
                token = token_for(answer, subject=subject)
                record([shown(token), *(clicked(token, key) for key in keys(answer))], [subject])
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failed
    assert BanditArm.objects.count() == N
    for rank, key in enumerate(keys(answer), 1):
        assert arm(key).clicked == pytest.approx(threads * lists, rel=1e-4)
        assert arm(key).shown == pytest.approx(threads * lists * examined(rank), rel=1e-4)
