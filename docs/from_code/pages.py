"""Which page is made by what."""

from collections.abc import Callable
from pathlib import Path

from docs.from_code import (
    checks,
    commands,
    errors,
    log,
    metrics,
    models,
    permissions,
    python,
    rest,
    settings,
    signals,
    tags,
)

FOLDER = Path(__file__).parent.parent / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "checks.md": checks.page,
    "commands.md": commands.page,
    "errors.md": errors.page,
    "log.md": log.page,
    "metrics.md": metrics.page,
    "models.md": models.page,
    "permissions.md": permissions.page,
    "python.md": python.page,
    "rest.md": rest.page,
    "settings.md": settings.page,
    "signals.md": signals.page,
    "template-tags.md": tags.page,
}
