"""Tokens of lists: what they tell, whom they serve, and when they do not."""

import json
import zlib
from types import SimpleNamespace

import pytest
from django.core.signing import b64_decode
from django.utils import timezone

from django_clvrec.exceptions import BadToken, ExpiredToken
from django_clvrec.feedback import Subject, list_token, read_token, token_for
from django_clvrec.serving import recommend
from tests.feedback.conftest import subject_of
from tests.shelf import key_of, person

ANN = Subject(key="ann", is_customer=True)


def answer_of(*keys, source="stored", customer_key=None):
    return SimpleNamespace(
        items=[SimpleNamespace(key=key) for key in keys],
        level="product",
        intent="discover",
        source=source,
        snapshot_id=7,
        customer_key=customer_key,
        variant="",
        context="",
        propensities=None,
    )


def plain(token):
    """What anybody can read in a token."""
    body = token.split(":")[0]
    data = b64_decode(body.lstrip(".").encode())
    return (zlib.decompress(data) if body.startswith(".") else data).decode()


def test_a_token_tells_what_was_shown():
    token = read_token(
        token_for(
            answer_of("b", "a"),
            subject=ANN,
            variant="test:b",
            propensities={"a": 0.123456},
            context="morning",
        )
    )
    assert (token.level, token.intent, token.source) == ("product", "discover", "stored")
    assert (token.snapshot_id, token.variant, token.context) == (7, "test:b", "morning")
    assert token.items == (("b", None), ("a", 0.1235))
    assert (token.rank_of("a"), token.rank_of("c")) == (2, None)


def test_each_token_is_another_list():
    answer = answer_of("a")
    ids = {read_token(token_for(answer, subject=ANN)).list_id for _ in range(5)}
    assert len(ids) == 5


def test_popular_in_the_tier_is_told_as_popular(shelf, ann, goods):
    shelf.score(ann, tier="high")
    shelf.popular(*goods, tier="high")
    answer = recommend(key_of(ann), level="product")
    assert answer.source == "popular_in_tier"
    token = token_for(answer, subject=subject_of(ann))
    assert read_token(token).source == "popular"
    assert "tier" not in plain(token)
    assert "high" not in plain(token)


def test_a_token_holds_neither_key_nor_score(answer, ann):
    said = json.loads(plain(token_for(answer, subject=subject_of(ann))))
    assert len(said) == 10
    assert key_of(ann) not in said
    assert not [part for part in said if isinstance(part, float)]


@pytest.mark.parametrize("source", ["stored", "popular"])
def test_the_variant_is_not_seen_in_a_token(source):
    answer = answer_of("a", source=source)
    labels = ("", "window:control", "n" * 50 + ":" + "m" * 13, "window:größer")
    tokens = [token_for(answer, subject=ANN, variant=label) for label in labels]
    assert [read_token(token).variant for token in tokens] == [*labels]
    assert len({len(plain(token)) for token in tokens}) == 1
    assert not any("window" in plain(token) for token in tokens)


def test_a_longer_variant_of_the_shops_own_is_read_back():
    token = token_for(answer_of("a", source="popular"), subject=ANN, variant="ü" * 100)
    assert read_token(token).variant == "ü" * 100


def test_a_long_list_is_read_back():
    keys = [f"p{number}" for number in range(300)]
    drawn = dict.fromkeys(keys, 0.25)
    token = token_for(answer_of(*keys), subject=ANN, variant="a:b", propensities=drawn)
    assert read_token(token).items == tuple(drawn.items())


def test_a_token_is_meant_for_one_subject():
    digest = read_token(token_for(answer_of("a"), subject=ANN)).subject
    assert ANN.is_meant_by(digest)
    assert not Subject(key="bob", is_customer=True).is_meant_by(digest)
    assert not Subject(key="ann", is_customer=False).is_meant_by(digest)


def test_a_tampered_token_is_refused():
    token = token_for(answer_of("a"), subject=ANN)
    for bad in (token[:-1], token[1:], "x" + token, token.replace(":", ";"), "", "a:b:c", "\ud800"):
        with pytest.raises(BadToken):
            read_token(bad)


@pytest.mark.parametrize(
    ("config", "hours"),
    [({}, 24), ({"TOKEN_HOURS": 2}, 2), ({"FEEDBACK_DAYS": 1, "TOKEN_HOURS": 99}, 24)],
)
def test_a_token_expires(settings, monkeypatch, config, hours):
    settings.CLVREC = config
    token = token_for(answer_of("a"), subject=ANN)
    made = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: made + 3600 * hours - 60)
    assert read_token(token).level == "product"
    monkeypatch.setattr("django.core.signing.time.time", lambda: made + 3600 * hours + 60)
    with pytest.raises(ExpiredToken):
        read_token(token)


def test_tokens_outlive_a_change_of_the_secret_key(settings):
    token = token_for(answer_of("a"), subject=ANN)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"
    assert ANN.is_meant_by(read_token(token).subject)


@pytest.mark.parametrize("words", [{"variant": "v" * 101}, {"context": "c" * 256}])
def test_what_does_not_fit_into_a_row_is_refused_when_it_is_made(words):
    with pytest.raises(ValueError, match="characters"):
        token_for(answer_of("a"), subject=ANN, **words)


# by request


@pytest.fixture
def request_by(rf, db):
    def request_by(user, **headers):
        request = rf.get("/", headers=headers)
        request.user = user
        return request

    return request_by


def test_a_request_gives_the_token_of_its_customer(request_by, answer, ann):
    assert subject_of(ann).is_meant_by(read_token(list_token(request_by(ann), answer)).subject)


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_who_does_not_want_to_be_tracked_gets_no_token(request_by, answer, ann, header):
    assert list_token(request_by(ann, **{header: "1"}), answer) == ""
    assert list_token(request_by(ann, **{header: "0"}), answer) != ""


def test_staff_who_look_at_a_customers_list_get_no_token(request_by, answer):
    assert list_token(request_by(person("boss", is_staff=True)), answer) == ""


def test_an_empty_answer_has_no_token(request_by, ann):
    assert list_token(request_by(ann), answer_of()) == ""


def test_without_a_request_there_is_no_token(answer):
    assert list_token(None, answer) == ""
