"""The page of settings: `conf.DEFAULTS`, what `check` takes, and the text beneath the defaults."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from django_clvrec import conf
from django_clvrec.checks.settings import RIGHT
from docs.from_code.markdown import begun, code, linked, sentence, table, whole
from docs.from_code.source import CONTRIB, beneath, modules, strings_beneath


def meanings() -> dict[str, str]:
    """What each setting means, from the text beneath DEFAULTS."""
    return _by_name(strings_beneath(conf)["DEFAULTS"])


def _by_name(text: str) -> dict[str, str]:
    found = re.split(r"^`(\w+)` – ", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def apart() -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
    """Settings of apps below `contrib`: by their name the defaults, and what each means."""
    found = {}
    for module, tree in modules().items():
        if module.startswith(CONTRIB) and module.endswith(".conf"):
            values = {ast.unparse(target): value for target, value in _assigned(tree)}
            [name, defaults] = (ast.literal_eval(values[one]) for one in ("SETTING", "DEFAULTS"))
            found[name] = defaults, _by_name(beneath(tree.body)["DEFAULTS"])
    return found


def _assigned(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value:
            yield node.target, node.value


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
        *(_apart(name, *one) for name, one in sorted(apart().items())),
    )


def _apart(name: str, defaults: dict[str, Any], texts: dict[str, str]) -> str:
    rows = [
        [code(key), code(told(value)), begun(sentence(texts[key]))]
        for key, value in defaults.items()
    ]
    app = name.removeprefix("CLVREC_").lower()
    opening = f"A dict of its own, of `{CONTRIB}{app}`: [how to](../how-to/{app}.md)."
    return "\n\n".join((f"## {name}", opening, table(("Key", "Default", ""), rows)))


def _section(name: str, value: object, text: str) -> str:
    kind = f"Default: {code(told(value))}. Takes {RIGHT[name][1]}."
    return f"## {name}\n\n{begun(linked(sentence(text)))}\n\n{kind}"
