"""The page of the REST API, from its description in OpenAPI."""

import re
from pathlib import Path
from typing import Any

import yaml

from docs.from_code.markdown import code, codes, sentence, table, whole

PATH = Path(__file__).parent.parent / "reference/openapi.yaml"
METHODS = ("get", "post", "delete")


def description() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(PATH.read_text())
    return found


def page() -> str:
    api = description()
    return whole(
        "The REST API",
        "From [openapi.yaml](openapi.yaml), which has every detail. Addresses are below the path "
        "where you included `django_clvrec.api.urls`. Who may ask what, limits and rates: [the "
        "API](../how-to/api.md).",
        *(
            _section(path, method, one)
            for path, methods in api["paths"].items()
            for method, one in methods.items()
            if method in METHODS
        ),
        "## Shapes",
        *(_shape(name, one) for name, one in api["components"]["schemas"].items()),
    )


def _section(path: str, method: str, one: dict[str, Any]) -> str:
    parts = [f"## {method.upper()} {path}", one.get("description") or one.get("summary", "")]
    rows = [
        [code(given["name"]), given["in"], _type(given["schema"]), _text(given)]
        for given in one.get("parameters", ())
    ]
    parts += [table(("Parameter", "In", "Type", ""), rows)] if rows else []
    if body := one.get("requestBody"):
        parts.append(f"Body: {_content(body)}.")
    answers = [
        [number, _content(answer), _text(answer)] for number, answer in one["responses"].items()
    ]
    return "\n\n".join((*parts, table(("Status", "Body", ""), answers)))


def _text(one: dict[str, Any]) -> str:
    # what an enumeration repeats of its values
    text = re.sub(r"^\* `.*$", "", one.get("description", ""), flags=re.MULTILINE)
    required = "Required." if one.get("required") and one.get("in") != "path" else ""
    return " ".join(filter(None, (sentence(text), required)))


def _content(one: dict[str, Any]) -> str:
    kinds = [_type(kind.get("schema", {})) for kind in one.get("content", {}).values()]
    return ", ".join(dict.fromkeys(kinds))


def _shape(name: str, one: dict[str, Any]) -> str:
    said = [f"### {name}", one.get("description", "")]
    if "properties" in one:
        needed = one.get("required", ())
        rows = [
            [code(key), _type(kind), " ".join((_text(kind), "" if key in needed else "Optional."))]
            for key, kind in one["properties"].items()
        ]
        said.append(table(("Property", "Type", ""), rows))
    else:
        said.append(_type(one))
    return "\n\n".join(part for part in said if part)


def _type(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for word in ("oneOf", "anyOf", "allOf"):
        if word in kind:
            return " or ".join(_type(one) for one in kind[word])
    if "enum" in kind:
        return codes(kind["enum"])
    name = kind.get("type", "any")
    if name == "array":
        return f"list of {_type(kind['items'])}"
    several = " or ".join(name) if isinstance(name, list) else str(name)
    bounds = [f"{word} {kind[key]}" for key, word in BOUNDS.items() if key in kind]
    return " ".join((several, *(f"({kind[key]})" for key in ("format",) if key in kind), *bounds))


BOUNDS = {"minimum": "from", "maximum": "to", "maxLength": "of at most", "default": "default"}
