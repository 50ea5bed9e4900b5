"""Autoencoders of three kinds, each as good as the contract asks."""

import numpy as np
import pytest
import torch

from django_clvrec.core.recommenders.base import tie_breaker
from django_clvrec.core.recommenders.names import AUTOENCODERS
from django_clvrec.engines.deep.autoencoders import Autoencoder
from django_clvrec.engines.deep.denoising import Denoising
from django_clvrec.engines.deep.moments import Cells, Timeline
from tests.core.recommenders.contract import Case, RecommenderContract
from tests.core.recommenders.made_up import two_tastes


@pytest.mark.parametrize("name", AUTOENCODERS, scope="class")
class TestEveryAutoencoder(RecommenderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, name):
        return Case(Autoencoder(name=name))


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_numpy_scores_as_pytorch_does(name):
    histories = two_tastes(60).histories
    learner = Denoising(Autoencoder(name=name), histories, np.arange(40), tie_breaker(histories))
    for _ in learner.epoch():
        pass
    found = learner.fitted().score(histories)
    starts, now = histories.starts, np.zeros(len(histories))
    known = Cells.of(Timeline(histories), starts[:-1], starts[1:], now, 40.0)
    tensors = map(torch.from_numpy, (known.inputs(), known.rows, known.items, known.own()))
    with torch.no_grad():
        np.testing.assert_allclose(found, learner.network(*tensors).numpy(), atol=1e-4)
