"""Networks with weights at random: what scores needs no PyTorch, nor do its tests."""

import numpy as np

from django_clvrec.core.recommenders.attention import Block, FittedNextBasket
from django_clvrec.core.recommenders.baskets import BUCKETS
from django_clvrec.core.recommenders.networks import OWN, FittedNetwork, Layer

WIDTH = 8


def drawn(seed):
    random = np.random.default_rng(seed)
    return lambda *shape: random.normal(0, 0.4, shape).astype(np.float32)


def autoencoder(size, items=None, seed=1, width=WIDTH):
    draw, items = drawn(seed), np.arange(size) if items is None else np.array(items)
    known = len(items)
    layers = [
        Layer(weights=draw(2 * known, width), bias=draw(width)),
        Layer(weights=draw(width, width), bias=draw(width), is_bent=False),
        Layer(weights=draw(width, known), bias=draw(known), is_bent=False),
    ]
    return FittedNetwork(
        half_life_days=40.0,
        layers=layers,
        own=draw(known, OWN),
        items=items,
        others=np.linspace(0, 0.9, size, dtype=np.float32),
        stopped="10 seconds",
    )


def block(draw, width):
    return Block(
        attend=draw(4, width, width),
        norms=1 + draw(2, 2, width),
        inner=draw(width, 2 * width),
        inner_bias=draw(2 * width),
        outer=draw(2 * width, width),
        outer_bias=draw(width),
    )


def next_basket(size, items=None, *, seed=1, baskets=4, blocks=2, width=WIDTH):
    draw, items = drawn(seed), np.arange(size) if items is None else np.array(items)
    known = len(items)
    return FittedNextBasket(
        half_life_days=40.0,
        heads=2,
        whole=draw(2 * known, width),
        whole_bias=draw(width),
        inside=draw(known, width),
        times=draw(BUCKETS, width),
        ranks=draw(baskets, width),
        blocks=[block(draw, width) for _ in range(blocks)],
        norm=1 + draw(2, width),
        outputs=draw(known, width),
        bias=draw(known),
        own=draw(known, OWN),
        items=items,
        others=np.linspace(0, 0.9, size, dtype=np.float32),
        stopped="10 seconds",
    )
