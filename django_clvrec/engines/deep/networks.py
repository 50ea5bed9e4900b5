"""Networks of PyTorch, and what NumPy keeps of them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from django_clvrec.core.histories import Floats, Ints
from django_clvrec.core.recommenders.networks import OWN, FittedNetwork, Layer
from django_clvrec.exceptions import NotTrained

ADAM = 4
"""Times the weights: beside them their gradients, and two moments."""
FLOAT = 4
"""Bytes."""


class Network(nn.Module):
    """Dense layers with tanh in between, and the weights of an item's own past."""

    def __init__(self, inputs: int, widths: Sequence[int], items: int, prior: Floats) -> None:
        """`prior` are log-odds of each item to begin with."""
        super().__init__()
        sizes = [inputs, *widths, items]
        self.dense = [nn.Linear(a, b) for a, b in pairwise(sizes)]
        self.layers = nn.ModuleList(self.dense)  # which has them among the parameters
        self.common = nn.Parameter(torch.zeros(OWN))
        self.each = nn.Parameter(torch.zeros(items, OWN))
        for layer in self.dense:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        with torch.no_grad():
            self.dense[-1].bias.copy_(torch.from_numpy(prior.astype(np.float32)))

    def forward(self, inputs: Tensor, rows: Tensor, items: Tensor, own: Tensor) -> Tensor:
        """Rows × items. What was bought is told by `inputs`, and by cells × OWN with the place of
        each cell."""
        found: Tensor = self.dense[-1](self.inner(inputs))
        adds = (own * (self.common + self.each[items])).sum(dim=1)
        return found.index_put((rows, items), adds, accumulate=True)

    def inner(self, inputs: Tensor) -> Tensor:
        """Up to the last layer."""
        found = inputs
        for layer in self.dense[:-1]:
            found = torch.tanh(layer(found))
        return found

    def kept(self, half_life_days: float, items: Ints, others: Floats) -> FittedNetwork:
        """Copies of the weights."""
        own = array_of(self.common)[None, :] + array_of(self.each)
        return FittedNetwork(
            half_life_days=half_life_days,
            layers=self.kept_layers(),
            own=own,
            items=items,
            others=others.astype(np.float32),
        )

    def kept_layers(self) -> list[Layer]:
        last = len(self.dense) - 1
        return [layer_of(layer, is_bent=place < last) for place, layer in enumerate(self.dense)]


class VariationalNetwork(Network):
    """The same with one layer in the middle whose outputs are drawn: mean and log-variance.

    Liang, Krishnan, Hoffman & Jebara, “Variational autoencoders for collaborative filtering”,
    WWW 2018.
    """

    def __init__(self, inputs: int, widths: Sequence[int], items: int, prior: Floats) -> None:
        """The smallest of `widths`, in the middle, is that of what is drawn."""
        super().__init__(inputs, widths, items, prior)
        self.middle = int(np.argmin(widths))
        before = [inputs, *widths][self.middle]
        self.log_variance = nn.Linear(before, widths[self.middle])
        nn.init.zeros_(self.log_variance.weight)
        nn.init.constant_(self.log_variance.bias, -2.0)
        self.divergence = torch.zeros(())
        """From a standard normal distribution, by row, of what was drawn last."""

    def inner(self, inputs: Tensor) -> Tensor:
        found = inputs
        for place, layer in enumerate(self.dense[:-1]):
            if place != self.middle:
                found = torch.tanh(layer(found))
                continue
            mean, log_variance = layer(found), self.log_variance(found).clamp(-10, 10)
            squares = mean**2 + log_variance.exp() - log_variance - 1
            self.divergence = squares.sum(dim=1).mean() / 2
            found = mean
            if self.training:
                found = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        return found

    def kept_layers(self) -> list[Layer]:
        """What is drawn is its mean, once there is nothing to learn."""
        bent = {self.middle, len(self.dense) - 1}
        return [layer_of(one, is_bent=place not in bent) for place, one in enumerate(self.dense)]


def layer_of(layer: nn.Linear, *, is_bent: bool) -> Layer:
    weights, bias = array_of(layer.weight).T, array_of(layer.bias)
    return Layer(weights=np.ascontiguousarray(weights), bias=bias, is_bent=is_bent)


def array_of(tensor: Tensor) -> Floats:
    """A copy."""
    found: Floats = tensor.detach().cpu().numpy().copy()
    return found


def bytes_of(inputs: int, widths: Sequence[int], items: int) -> int:
    """What the weights of a network take while it is trained."""
    sizes = [inputs, *widths, items]
    cells = sum(a * b for a, b in pairwise(sizes)) + OWN * items
    return cells * FLOAT * ADAM


def device_of(name: str) -> torch.device:
    """Raises NotTrained for one that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(name)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError) as error:
        raise NotTrained(
            f"PyTorch has no device {name!r} here: {str(error).splitlines()[0]} Set "
            'CLVREC["DEEP"]["device"] to "auto" or "cpu".'
        ) from error
    return found
