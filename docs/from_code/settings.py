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


def page() -> str:
    rates = [[code(scope), code(told(rate))] for scope, rate in conf.RATES.items()]
    texts = meanings()
    return whole(
        "Settings",
        "One dict, `CLVREC`; all keys are optional. `manage.py check` tells what is wrong with "
        "them: [checks](checks.md). Rates of the API stand in `REST_FRAMEWORK`: [below](#rates).",
        *(_section(name, value, texts[name]) for name, value in conf.DEFAULTS.items()),
        "## Rates",
        "Scopes of `DEFAULT_THROTTLE_RATES` in `REST_FRAMEWORK`, and the rate where you set none: "
        "[the API](../how-to/api.md#rates).",
        table(("Scope", "Default"), rates),
    )


def _section(name: str, value: object, text: str) -> str:
    kind = f"Default: {code(told(value))}. Takes {RIGHT[name][1]}."
    return f"## {name}\n\n{begun(linked(sentence(text)))}\n\n{kind}"
