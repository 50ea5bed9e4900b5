"""Events are judged by their tokens and counted once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_clvrec.feedback import Subject, feedback_recorded, read_token, record, token_for
from django_clvrec.models import CurrentTier, Feedback, ShownList
from tests.feedback.conftest import clicked, shown, subject_of
from tests.shelf import key_of, person

VISITOR = Subject(key="session:1", is_customer=False)


def test_a_shown_list_is_stored_as_it_was_shown(answer, ann, send):
    token = token_for(
        answer, subject=subject_of(ann), variant="a", propensities={answer.items[0].key: 0.25}
    )
    assert send(shown(token)).accepted == 1
    row = ShownList.objects.get(pk=read_token(token).list_id)
    assert (row.subject_key, row.is_customer) == (key_of(ann), True)
    assert (row.level, row.intent, row.answer_source) == ("product", "discover", "stored")
    assert (row.snapshot_id, row.variant) == (answer.snapshot_id, "a")
    assert row.items == [[item.key, 0.25 if item.rank == 1 else None] for item in answer]


def test_a_click_tells_item_and_rank(token, goods, send):
    send(shown(token), clicked(token, goods[1]))
    row = Feedback.objects.get()
    assert (row.kind, row.item_key, row.rank) == ("clicked", key_of(goods[1]), 2)
    assert (row.shown_list_id, row.value) == (read_token(token).list_id, None)


def test_a_click_implies_that_the_list_was_shown(token, goods, send):
    assert send(clicked(token, goods[0])).accepted == 1
    assert ShownList.objects.count() == Feedback.objects.count() == 1
    assert send(shown(token)).ignored == {"duplicate": 1}


def test_a_duplicate_is_counted_once(token, goods, send):
    events = [shown(token), clicked(token, goods[0])]
    assert send(*events, *events).accepted == 2
    again = send(*events)
    assert (again.accepted, again.ignored) == (0, {"duplicate": 2})
    assert ShownList.objects.count() == Feedback.objects.count() == 1


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_order_and_repetition_change_nothing(answer, ann, goods, data):
    Feedback.objects.all().delete()
    ShownList.objects.all().delete()
    tokens = [token_for(answer, subject=subject_of(ann)) for _ in range(3)]
    events = [shown(token) for token in tokens]
    events += [clicked(token, item) for token in tokens for item in goods]
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=20))
    sent = data.draw(st.permutations(events + repeated))
    cut = data.draw(st.integers(0, len(sent)))
    for part in (sent[:cut], sent[cut:]):
        record(part, [subject_of(ann)])
    ids = {read_token(token).list_id for token in tokens}
    assert set(ShownList.objects.values_list("pk", flat=True)) == ids
    rows = Feedback.objects.values_list("shown_list", "item_key", "kind", "rank")
    assert sorted(rows, key=str) == sorted(
        ((one, key_of(item), "clicked", rank) for one in ids for rank, item in enumerate(goods, 1)),
        key=str,
    )


# who may


def test_the_token_of_another_visitor_is_refused(token, send):
    for by in (subject_of(person("bob")), VISITOR):
        assert send(shown(token), by=by).ignored == {"other_visitor": 1}
    assert not ShownList.objects.exists()


def test_a_list_seen_before_signing_in_still_counts(answer, ann):
    token = token_for(answer, subject=VISITOR)
    assert record([shown(token)], [subject_of(ann), VISITOR]).accepted == 1
    assert ShownList.objects.get().subject_key == VISITOR.key


def test_who_is_not_tracked_leaves_nothing(token):
    assert record([shown(token)], []).ignored == {"not_tracked": 1}
    assert not ShownList.objects.exists()


def test_an_expired_token_is_told_apart(token, send, monkeypatch):
    later = timezone.now().timestamp() + 90_000
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert send(shown(token)).ignored == {"expired": 1}


BAD = [
    None, 3, "shown", [], {}, {"kind": "shown"}, {"list": 3, "kind": "shown"},
    {"list": "x", "kind": "bought"}, {"list": "x", "kind": ["shown"]}, {"list": "x"},
    {"list": "x", "kind": "clicked"}, {"list": "x", "kind": "clicked", "item": 3},
    {"list": "x", "kind": "clicked", "item": ""},
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_malformed_event_is_counted_and_spoils_no_other(token, send, bad):
    found = send(bad, shown(token))
    assert (found.accepted, found.ignored) == (1, {"malformed": 1})


@pytest.mark.parametrize("bad", ["", "x", "a:b:c", "\0", "\ud800", "é:é:é"])
def test_a_bad_token_is_counted(send, token, bad):
    assert send(shown(bad)).ignored == {"bad_token": 1}


def test_an_item_that_was_not_in_the_list_is_not_clicked(token, send):
    assert send(clicked(token, "somewhere else")).ignored == {"unknown_item": 1}
    assert not ShownList.objects.exists()


# limits


def test_one_visitor_cannot_flood(answer, ann, goods, send, settings):
    settings.CLVREC = settings.CLVREC | {"LISTS_PER_DAY": 2}
    tokens = [token_for(answer, subject=subject_of(ann)) for _ in range(3)]
    assert send(*map(shown, tokens)).ignored == {"too_many": 1}
    # what is stored can still be clicked, and what was too many can not
    found = send(clicked(tokens[0], goods[0]), clicked(tokens[2], goods[0]))
    assert (found.accepted, found.ignored) == (1, {"too_many": 1})
    # others, and tomorrow
    assert send(shown(token_for(answer, subject=VISITOR)), by=VISITOR).accepted == 1
    tomorrow = timezone.now() + timedelta(days=1)
    assert send(shown(tokens[2]), now=tomorrow).accepted == 1


def events_on(lists, answer, ann):
    """On each list as many events as it can have."""
    tokens = [token_for(answer, subject=subject_of(ann)) for _ in range(lists)]
    return [
        event
        for token in tokens
        for event in (shown(token), *(clicked(token, item.key) for item in answer))
    ]


def test_one_event_and_a_hundred_take_the_same_queries(answer, ann, goods):
    def queries(*events):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert record(events, [subject_of(ann)]).accepted == len(events)
        return len(seen)

    few, many = events_on(1, answer, ann)[:2], events_on(25, answer, ann)
    assert len(many) == 100
    # who was erased, what is known, how many today, the tier; two inserts and what they stored;
    # begin and end
    assert queries(*few) == queries(*many) == 10


# the tier, and who learns


def test_the_tier_is_looked_up_on_the_server(token, send):
    send(shown(token))
    assert ShownList.objects.get().tier == "high"


def test_a_move_since_the_snapshot_counts(token, send, shelf, ann):
    CurrentTier.objects.create(snapshot=shelf.snapshot, customer_key=key_of(ann), tier="mid")
    send(shown(token))
    assert ShownList.objects.get().tier == "mid"


def test_a_visitor_and_a_customer_without_score_are_new(answer, send):
    bob = subject_of(person("bob"))
    for by in (bob, VISITOR):
        send(shown(token_for(answer, subject=by)), by=by)
    assert set(ShownList.objects.values_list("tier", flat=True)) == {"new"}


@pytest.fixture
def learned():
    """What a receiver of the signal was told."""
    told = []

    def learn(sender, shown, feedback, **_):
        told.append((list(shown), list(feedback)))

    feedback_recorded.connect(learn)
    yield told
    feedback_recorded.disconnect(learn)


def test_what_is_new_is_told_once(token, goods, send, learned, django_assert_num_queries):
    send(shown(token))
    send(shown(token), clicked(token, goods[0]))
    send(shown(token), clicked(token, goods[0]))
    [(lists, nothing), (none, [click])] = learned
    assert [str(one) for one in lists] == [str(read_token(token).list_id)]
    assert (nothing, none) == ([], [])
    with django_assert_num_queries(0):
        assert click.shown_list.items


def test_where_a_receiver_fails_nothing_is_stored(token, send):
    def fail(**_):
        raise RuntimeError("cannot learn")

    feedback_recorded.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            send(shown(token))
    finally:
        feedback_recorded.disconnect(fail)
    assert not ShownList.objects.exists()
    assert send(shown(token)).accepted == 1
