"""The tests of each folder here pass under the settings of that folder."""

import pytest

from tests.compat.inside import FOLDER, run


@pytest.mark.database
@pytest.mark.parametrize("folder", sorted(one.parent.name for one in FOLDER.glob("*/settings.py")))
def test_tests_pass_under_other_settings(folder):
    found = run(folder)
    assert found.returncode == 0, found.stdout[-8000:] + found.stderr[-2000:]
    print(found.stdout.splitlines()[-1])  # noqa: T201 - how many they were
