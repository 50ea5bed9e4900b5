"""Tests mirror the package; `make test` says how to run them."""

import pytest

pytest.register_assert_rewrite("tests.engines.contract")
