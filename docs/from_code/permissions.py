"""The page of permissions: those of the models, and where the code asks for each."""

from typing import Any

from docs.from_code.markdown import code, codes, table, whole
from docs.from_code.models import all_models
from docs.from_code.source import PACKAGE


def own() -> dict[str, str]:
    """Permissions that this app adds to Django's four, and what they are called."""
    return {
        f"clvrec.{name}": str(label)
        for model in all_models()
        for name, label in model._meta.permissions
    }


def page() -> str:
    rows = [
        [code(name), label, codes(asked_in(name.partition(".")[2]))]
        for name, label in own().items()
    ]
    models: list[Any] = all_models()
    four = [[one.__name__, codes(_four(one._meta))] for one in models]
    return whole(
        "Permissions",
        "What each is for, with an example of a group: [the back "
        "office](../how-to/back-office.md#who-may-do-what). Which customers somebody may see, "
        "your policy says besides: `may_inspect` and `may_inspect_customer`.",
        "## Of this app",
        table(("Permission", "Called", "Asked in"), rows),
        "## Django’s four",
        "Every model has them. The admin offers a model only to who may view it.",
        table(("Model", "Permissions"), four),
    )


def _four(meta: Any) -> list[str]:
    return [f"clvrec.{what}_{meta.model_name}" for what in meta.default_permissions]


def asked_in(codename: str) -> list[str]:
    """Rooms of the package whose code or templates name a permission, models left aside."""
    rooms = set()
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]:
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in {"models", "migrations"} and codename in path.read_text():
            rooms.add(room)
    return sorted(rooms)
