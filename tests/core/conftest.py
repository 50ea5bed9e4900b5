"""Small matrices are multiplied by one thread: several wait for one another on a busy machine."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    with threadpool_limits(1, "blas"):
        yield
