"""A shelf, a customer, and what a browser would send of it."""

import pytest

from django_clvrec.feedback import Subject, record, token_for
from django_clvrec.serving import recommend
from tests.shelf import Shelf, key_of, person, product


def subject_of(user):
    return Subject(key=key_of(user), is_customer=True)


def shown(token):
    return {"list": token, "kind": "shown"}


def clicked(token, item):
    return {"list": token, "kind": "clicked", "item": key_of(item)}


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def goods(db):
    return [product(name) for name in ("Oats", "Rice", "Figs")]


@pytest.fixture
def answer(shelf, ann, goods):
    shelf.score(ann, tier="high")
    shelf.recommended(ann, *goods)
    return recommend(key_of(ann), level="product")


@pytest.fixture
def token(answer, ann):
    return token_for(answer, subject=subject_of(ann))


@pytest.fixture
def send(ann):
    def send(*events, by=None, now=None):
        return record(events, [by or subject_of(ann)], now=now)

    return send
