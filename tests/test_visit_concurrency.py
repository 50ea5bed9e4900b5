"""While products come and go on PostgreSQL, nobody is shown what could not be sold when asked."""

import random
import threading

import pytest
from django.db import connection

from django_clvrec.core.ranking import INTENTS
from django_clvrec.policy import Policy
from django_clvrec.serving import recommend, related
from tests.corner_shop.models import Product
from tests.open_shop import OpenShop

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]

READERS, ANSWERS = 4, 40
ALL = [f"p{number:02}" for number in range(24)]


class Remembering(Policy):
    """Sells what is not gone, and remembers by thread what it allowed."""

    seen = threading.local()

    def sellable(self, source, level, keys):
        found = super().sellable(source, level, keys)
        found = {key: one for key, one in found.items() if one.brand != "gone"}
        self.seen.allowed = getattr(self.seen, "allowed", {}) | found
        return found


class Reader(threading.Thread):
    """Asks in all the ways there are, and keeps what was wrong."""

    def __init__(self, keys, seed):
        super().__init__()
        self.keys, self.random = keys, random.Random(seed)
        self.wrong, self.sizes, self.errors = [], [], []

    def run(self):
        try:
            for _ in range(ANSWERS):
                self.look()
        except Exception as error:  # noqa: BLE001 - the main thread tells it
            self.errors.append(error)
        finally:
            connection.close()

    def look(self):
        Remembering.seen.allowed = {}
        n, intent = self.random.randint(1, 12), self.random.choice(INTENTS)
        if self.random.random() < 0.3:
            answer = related(self.random.sample(ALL, 2), "product", n, source="corner",
                             with_objects=True)  # fmt: skip
        else:
            key = self.random.choice([None, *self.keys])
            answer = recommend(key, "product", n, intent, source="corner", with_objects=True)
        allowed = Remembering.seen.allowed
        for item in answer:
            if allowed.get(item.key) is not item.object or item.object.brand == "gone":
                self.wrong.append(item)
        self.sizes.append(len(answer))


def test_every_answer_holds_only_what_could_be_sold_when_it_was_asked_for(settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": f"{__name__}.Remembering"}
    shop = OpenShop().refresh()
    for number in range(0, 40, 3):
        shop.buy(number, ALL[number % 24])
    keys = [str(one.pk) for one in shop.customers]
    readers = [Reader(keys, seed) for seed in range(READERS)]
    for reader in readers:
        reader.start()
    flips, chance = 0, random.Random(9)
    while any(reader.is_alive() for reader in readers):
        some = Product.objects.filter(pk__in=chance.sample(ALL, 8))
        some.update(brand=chance.choice(["gone", ""]))
        flips += 1
    for reader in readers:
        reader.join()
    assert [reader.errors for reader in readers] == [[]] * READERS
    assert [reader.wrong for reader in readers] == [[]] * READERS
    assert flips > READERS
    assert sum(map(sum, (reader.sizes for reader in readers))) > READERS * ANSWERS
