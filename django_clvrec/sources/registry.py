"""The sources that are known, by name."""

from django_clvrec.exceptions import NameTaken, NoSource
from django_clvrec.sources.base import PurchaseSource

_registry: dict[str, PurchaseSource] = {}


def register(source: type[PurchaseSource]) -> type[PurchaseSource]:
    """Class decorator: make a source known. Raises NameTaken if another has its name."""
    if not source.__dict__.get("name"):
        source.name = source.__name__
    known = _registry.get(source.name)
    if known is not None and _path(type(known)) != _path(source):
        raise NameTaken(
            f"Two purchase sources are called {source.name!r}: {_path(type(known))} and "
            f"{_path(source)}. Give one of them a `name` of its own."
        )
    _registry[source.name] = source()
    return source


def _path(source: type[PurchaseSource]) -> str:
    return f"{source.__module__}.{source.__qualname__}"


def registered() -> dict[str, PurchaseSource]:
    """Registered sources by name, in the order of registration."""
    return dict(_registry)


def get_source(name: str | None = None) -> PurchaseSource:
    """The source of that name, or the first one registered. Raises NoSource."""
    if not _registry:
        raise NoSource
    if name is None:
        return next(iter(_registry.values()))
    if name not in _registry:
        raise NoSource(f"No purchase source is called {name!r}; there is {', '.join(_registry)}.")
    return _registry[name]
