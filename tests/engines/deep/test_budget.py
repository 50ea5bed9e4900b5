"""A training ends when its time or memory is used up, and tells so."""

import subprocess
import sys

import pytest
import torch

from django_clvrec.engines.deep import budget
from django_clvrec.engines.deep.autoencoders import Autoencoder
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.next_basket import NextBasket
from django_clvrec.engines.deep.training import FIRST_HALF
from django_clvrec.exceptions import OverBudget
from tests.core.recommenders.contract import PLANTED
from tests.core.recommenders.made_up import two_tastes
from tests.engines.deep.made_up import ticking

KINDS = pytest.mark.parametrize("kind", [Autoencoder, NextBasket])
STEPS = 10
"""Of one epoch over the planted shop."""


@pytest.fixture
def _a_second_is_a_step(monkeypatch):
    monkeypatch.setattr(budget, "time", ticking())


@KINDS
def test_no_time_at_all_is_refused(kind):
    with pytest.raises(OverBudget, match="it used 0 seconds"):
        kind(budget=Budget(seconds=0)).fit(PLANTED().histories)


@KINDS
def test_a_network_too_large_is_refused_before_it_is_trained(kind):
    with pytest.raises(OverBudget, match="memory_mb"):
        kind(budget=Budget(memory_mb=0)).fit(PLANTED().histories)


@KINDS
@pytest.mark.usefixtures("_a_second_is_a_step")
def test_what_was_learnt_when_the_time_is_up_is_taken(kind):
    fitted = kind(budget=Budget(seconds=4.5 * STEPS)).fit(PLANTED().histories)
    assert fitted.stopped == f"{4.5 * STEPS * FIRST_HALF:g} seconds"
    assert fitted.score(PLANTED().histories).shape == (len(PLANTED().histories), 40)


@KINDS
@pytest.mark.usefixtures("_a_second_is_a_step")
def test_without_time_to_learn_from_the_newest_purchases_they_are_left_out(kind):
    fitted = kind(budget=Budget(seconds=2.1 * STEPS)).fit(PLANTED().histories)
    assert "newest orders" in fitted.stopped


@KINDS
def test_within_its_budget_it_is_not_stopped(kind):
    assert kind().fit(two_tastes(120).histories).stopped == ""


@KINDS
def test_of_many_customers_some_are_learnt_from(kind):
    few = kind(budget=Budget(customers=100))
    assert few.limits(PLANTED().histories) == "learns from 100 of 640 customers"
    assert few.fit(PLANTED().histories).score(PLANTED().histories).shape == (640, 40)


@KINDS
def test_the_random_numbers_and_threads_of_the_host_are_as_they_were(kind):
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    kind(budget=Budget(customers=60)).fit(PLANTED().histories)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("module", ["autoencoders", "budget", "contestants", "needs", "q_learning"])
def test_nothing_is_imported_of_pytorch_before_something_is_learnt(module):
    code = f"import sys, django_clvrec.engines.deep.{module}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
