"""The page of settings: `conf.DEFAULTS`, what `check` takes, and the text beneath the defaults."""

import re

from django_clvrec import conf
from django_clvrec.checks.settings import RIGHT
from docs.from_code.markdown import begun, code, linked, sentence, table, whole
from docs.from_code.source import strings_beneath


def meanings() -> dict[str, str]:
    """What each setting means, from the text beneath DEFAULTS."""
    found = re.split(r"^`([A-Z_]+)` – ", strings_beneath(conf)["DEFAULTS"], flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def told(value: object) -> str:
    """A value as one would write it."""
    return repr(value).replace("'", '"')


def rows_of_settings() -> list[list[str]]:
    texts = meanings()
    return [
        [code(name), code(told(value)), RIGHT[name][1], begun(linked(sentence(texts[name])))]
        for name, value in conf.DEFAULTS.items()
    ]


def page() -> str:
    rates = [[code(scope), code(told(rate))] for scope, rate in conf.RATES.items()]
    return whole(
        "Settings",
        "One dict, `CLVREC`; all keys are optional. `manage.py check` tells what is wrong with "
        "them: [checks](checks.md).",
        table(("Key", "Default", "Takes", "Means"), rows_of_settings()),
        "## Rates",
        "Scopes of `DEFAULT_THROTTLE_RATES` in `REST_FRAMEWORK`, and the rate where you set none: "
        "[the API](../how-to/api.md#rates).",
        table(("Scope", "Default"), rates),
    )
