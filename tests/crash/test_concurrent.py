"""Whatever happens at the same time on PostgreSQL, every answer is of one snapshot."""

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as bounds
from hypothesis.stateful import run_state_machine_as_test

from django_clvrec import pipeline
from tests.crash.conftest import SEED
from tests.crash.light import make
from tests.crash.machine import Shop

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

BOUNDS = bounds(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # what depends on threads cannot be made smaller
    suppress_health_check=list(HealthCheck),
)


def test_no_answer_is_mixed_whatever_is_done_meanwhile(monkeypatch, settings_of_shop, tally):
    monkeypatch.setattr(pipeline, "_make", make)
    monkeypatch.setattr(Shop, "tally", tally)
    try:
        run_state_machine_as_test(seed(SEED)(Shop), settings=BOUNDS)
    except Exception as error:  # noqa: BLE001 - what was found first says more
        raise AssertionError("\n".join(Shop.failures[:1]) or str(error)) from None


@pytest.fixture
def settings_of_shop(settings, tmp_path):
    settings.CLVREC = settings.CLVREC | {
        "WORK_DIR": str(tmp_path),
        "ENGINE": "local",
        "KEEP_SNAPSHOTS": 2,
        "CACHE_SECONDS": 0,
        "POLICY": "tests.policies.EverythingSells",
    }
