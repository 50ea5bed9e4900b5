"""The engine for one machine keeps the contract."""

import pytest

from django_clvrec.engines.registry import build_engine
from tests.engines.contract import EngineContract


class TestLocal(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return build_engine("local", {"threads": 2})
