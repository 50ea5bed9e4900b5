"""Networks with weights at random: what scores needs no PyTorch, nor do its tests."""

import numpy as np

from django_clvrec.core.recommenders.attention import Block, FittedNextBasket
from django_clvrec.core.recommenders.baskets import BUCKETS
from django_clvrec.core.recommenders.networks import OWN, FittedNetwork, Layer

WIDTH = 8


def drawn(seed):
    random = np.random.default_rng(seed)
    return lambda *shape: random.normal(0, 0.4, shape).astype(np.float32)


def autoencoder(size, items=None, seed=1):
    draw, items = drawn(seed), np.arange(size) if items is None else np.array(items)
    known = len(items)
    layers = [
        Layer(weights=draw(2 * known, WIDTH), bias=draw(WIDTH)),
        Layer(weights=draw(WIDTH, WIDTH), bias=draw(WIDTH), is_bent=False),
        Layer(weights=draw(WIDTH, known), bias=draw(known), is_bent=False),
    ]
    return FittedNetwork(
        half_life_days=40.0,
        layers=layers,
        own=draw(known, OWN),
        items=items,
        others=np.linspace(0, 0.9, size, dtype=np.float32),
        stopped="10 seconds",
    )


def block(draw):
    return Block(
        attend=draw(4, WIDTH, WIDTH),
        norms=1 + draw(2, 2, WIDTH),
        inner=draw(WIDTH, 2 * WIDTH),
        inner_bias=draw(2 * WIDTH),
        outer=draw(2 * WIDTH, WIDTH),
        outer_bias=draw(WIDTH),
    )


def next_basket(size, items=None, seed=1, baskets=4, blocks=2):
    draw, items = drawn(seed), np.arange(size) if items is None else np.array(items)
    known = len(items)
    return FittedNextBasket(
        half_life_days=40.0,
        heads=2,
        whole=draw(2 * known, WIDTH),
        whole_bias=draw(WIDTH),
        inside=draw(known, WIDTH),
        times=draw(BUCKETS, WIDTH),
        ranks=draw(baskets, WIDTH),
        blocks=[block(draw) for _ in range(blocks)],
        norm=1 + draw(2, WIDTH),
        outputs=draw(known, WIDTH),
        bias=draw(known),
        own=draw(known, OWN),
        items=items,
        others=np.linspace(0, 0.9, size, dtype=np.float32),
        stopped="10 seconds",
    )
