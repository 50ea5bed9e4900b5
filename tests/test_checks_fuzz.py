"""Whatever stands in the settings, `check` says what is wrong and never fails itself."""

import math

from hypothesis import HealthCheck, example, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from django_clvrec.checks.settings import check_settings
from django_clvrec.conf import DEFAULTS
from tests.test_checks import RIGHT, WRONG

TEXTS = st.text(max_size=12) | st.sampled_from(["spark", "auto", "os.system", "a.b", "\0", "high"])
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-3, 100)
    | st.sampled_from([10**400, -(10**400)])
    | st.floats()
    | TEXTS
    | st.binary(max_size=5)
)
ANY = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(PLAIN.filter(lambda one: str(one) != "nan"), inner, max_size=3)
    ),
    max_leaves=8,
)
KNOWN = [value for values in (*RIGHT.values(), *WRONG.values()) for value in values]


def spoilt(value, part):
    """`value` with `part` in place of one of its parts."""
    match value:
        case dict() if value:
            return value | {next(iter(value)): part}
        case list() if value:
            return [part, *value[1:]]
        case tuple() if value:
            return (part, *value[1:])
    return part


@given(name=st.sampled_from(sorted(DEFAULTS)), value=ANY)
@example(name="EXPLORATION", value={"new": math.nan})
@example(name="CLUSTERS", value=[[]])
@rules(deadline=None, max_examples=200, suppress_health_check=[*HealthCheck])
def test_any_value_of_a_setting_is_judged(settings, name, value):
    settings.CLVREC = {name: value}
    assert all(message.id.startswith("clvrec.") for message in check_settings())


@given(
    name=st.sampled_from(sorted(DEFAULTS)),
    value=st.sampled_from(range(len(KNOWN))),
    part=ANY,
)
@rules(deadline=None, max_examples=200, suppress_health_check=[*HealthCheck])
def test_a_value_of_which_a_part_is_wrong_is_judged(settings, name, value, part):
    settings.CLVREC = {name: spoilt(KNOWN[value], part)}
    assert all(message.id.startswith("clvrec.") for message in check_settings())


@given(value=ANY)
@rules(deadline=None, max_examples=200, suppress_health_check=[*HealthCheck])
def test_anything_in_place_of_the_dict_is_judged(settings, value):
    settings.CLVREC = value
    assert all(message.id.startswith("clvrec.") for message in check_settings())
