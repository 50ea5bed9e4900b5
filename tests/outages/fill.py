"""Fills an empty database with a small shop, and tells who asks for what: `python -m …fill`."""

import json
import sys

import django

BUYERS = 18


def main():
    django.setup()
    from django.urls import reverse

    from tests.shelf import Shelf, bought, person, product

    products = [product(f"Oats {number}") for number in range(1, 13)]
    ann = person("ann")
    shelf = Shelf(report={"clusters": clusters()})
    stored(shelf, ann, products)
    bought(ann, products[-1])  # since the snapshot: ann's list is made anew
    told = {"cookie": cookie_of(ann), "paths": paths(reverse), "event": event_of(ann)}
    told["buyers"] = [cookie_of(moving(shelf, f"buyer{number}")) for number in range(BUYERS)]
    sys.stdout.write(json.dumps(told))


def moving(shelf, name):
    """A customer whom any order moves to another tier."""
    from tests.shelf import person

    customer = person(name)
    shelf.score(customer, tier="high", overall_score=9)
    return customer


def clusters():
    one = {"k": 1, "centres": [1.0], "cuts": [], "inertia": 0.0, "curve": [0.0]}
    return dict.fromkeys(("recency", "frequency", "monetary_value"), one)


def stored(shelf, customer, products):
    """A list, what is popular, and arrays."""
    import numpy as np

    from django_clvrec.arrays import learnt_name, neighbours_name, save_arrays, text_array

    shelf.score(customer)
    shelf.recommended(customer, *products)
    shelf.popular(*products)
    vectors = np.random.default_rng(1).normal(size=(len(products), 4))
    shelf.factors({str(one.pk): row for one, row in zip(products, vectors, strict=True)})
    tiers = ("new", "low", "mid", "high")
    served = dict.fromkeys(("discover", "mixed"), dict.fromkeys(tiers, "als"))
    keys = np.array(sorted(str(one.pk) for one in products))
    head = text_array({"served": served, "specs": {}})
    save_arrays(shelf.snapshot, learnt_name("product"), {"head": head, "item_keys": keys})
    places = np.array([[(row + 1) % len(keys)] for row in range(len(keys))], dtype=np.int32)
    near = {}
    for relation in ("together", "also"):
        near |= {f"{relation}.places": places, f"{relation}.scores": np.ones((len(keys), 1))}
    save_arrays(shelf.snapshot, neighbours_name("product"), near | {"item_keys": keys})


def cookie_of(user):
    from django.test import Client

    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def paths(reverse):
    from django_clvrec.shelves import RecommendedShelf, address_of

    lazy = address_of(RecommendedShelf(level="product", n=4))
    return {
        "mine": f"{reverse('clvrec:my-recommendations')}?level=product&n=4",
        "popular": f"{reverse('clvrec:popular')}?level=product&n=4",
        "related": f"{reverse('clvrec:related')}?level=product&items=1",
        "interests": reverse("clvrec:interests"),
        "shelf": lazy,
        "events": reverse("clvrec:events"),
        "tags": reverse("tags"),
    }


def event_of(user):
    from benchmarks.events import answer_of
    from django_clvrec.feedback import Subject, token_for

    token = token_for(answer_of(range(1, 5)), subject=Subject(key=str(user.pk), is_customer=True))
    return {"events": [{"list": token, "kind": "shown"}]}


if __name__ == "__main__":
    main()
