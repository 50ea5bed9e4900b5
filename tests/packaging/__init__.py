"""What pip makes of the distributions, followed by somebody who has no checkout."""

import pytest

# its tests are asked from two places, neither of which is it
pytest.register_assert_rewrite("tests.packaging.asked")
