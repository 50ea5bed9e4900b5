"""Whether PyTorch is there, without importing it."""

from importlib.util import find_spec

from django_clvrec.exceptions import DeepNotInstalled


def can_learn_deep() -> bool:
    return find_spec("torch") is not None


def require_torch() -> None:
    """Raises DeepNotInstalled, in place of an ImportError from somewhere within."""
    if not can_learn_deep():
        raise DeepNotInstalled
