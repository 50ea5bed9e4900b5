"""A small demo shop, read once per run and loaded once per database."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model

from example_shop.shop.demo_data import DemoData, read_demo_data
from example_shop.shop.demo_load import load

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def demo_data() -> DemoData:
    return read_demo_data(now=NOW, sample=20)


@pytest.fixture
def shop(db, demo_data):
    """The demo shop with 20 households."""
    load(demo_data)


@pytest.fixture
def household(shop, client):
    """A household, signed in with `client`."""
    user = get_user_model().objects.filter(username__startswith="household-").earliest("pk")
    client.force_login(user)
    return user
