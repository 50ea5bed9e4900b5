"""What Oscar's orders mean: who bought what, and for how much."""

import pytest

from django_clvrec.sources import get_source

pytestmark = pytest.mark.django_db


def test_the_source_of_an_oscar_shop_is_registered():
    assert get_source().name == "oscar"
