"""Engines by name. An engine is imported only when it is built."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django_clvrec.engines.base import Engine
from django_clvrec.exceptions import EngineNotInstalled, TrainingNotInstalled, UnknownEngine

ENGINES = {
    "spark": "django_clvrec.engines.spark.SparkEngine",
    "local": "django_clvrec.engines.local.LocalEngine",
}
TRAINING = ("pandas", "pyarrow", "scipy", "sklearn", "threadpoolctl")
"""Packages of the extra `local`, without which nothing is trained, whichever the engine."""
NEEDS = {"spark": "pyspark"}
"""Packages beyond those."""
NEED_JAVA = frozenset({"spark"})


def build_engine(name: str, options: Mapping[str, Any]) -> Engine:
    """The engine of that name or dotted path, with its settings as arguments.

    Raises TrainingNotInstalled, UnknownEngine, EngineNotInstalled, or TypeError for an option it
    does not have.
    """
    require_training()
    if not is_installed(name):
        raise EngineNotInstalled
    path = ENGINES.get(name, name)
    module, _, attribute = path.rpartition(".")
    try:
        engine = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        known = ", ".join(repr(engine) for engine in ENGINES)
        raise UnknownEngine(
            f"There is no engine {name!r}: {error}. Use {known}, or the dotted path of a class."
        ) from error
    return engine(**options)  # type: ignore[no-any-return]


def can_train() -> bool:
    """Whether the packages are there that every refresh needs, without importing them."""
    return all(find_spec(name) is not None for name in TRAINING)


def require_training() -> None:
    """Raises TrainingNotInstalled, in place of an ImportError from somewhere within."""
    if not can_train():
        raise TrainingNotInstalled


def is_installed(name: str) -> bool:
    """Whether the package that a named engine needs is there, without importing it."""
    return name not in NEEDS or find_spec(NEEDS[name]) is not None
