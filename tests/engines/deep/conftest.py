"""What is trained with PyTorch is tested where that is installed: `make test-deep`."""

from importlib.util import find_spec

import pytest

# a run without any test fails, so that nothing passes for want of it
collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/engines/deep/" in str(item.path):
            item.add_marker("deep")
