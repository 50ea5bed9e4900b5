"""Names in the description of the API that no shop's own serializer has.

drf-spectacular names components by classes, and sets of choices by fields: a shop's own `Customer`
or `tier` would meet ours, and one of both get another name, with a warning.
"""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import build_choice_field
from rest_framework.serializers import BaseSerializer, ChoiceField

from django_clvrec.api import answers, serializers

PREFIX = "Clvrec"
ROOMS = (answers, serializers)
BODIES = frozenset({serializers.InterestsQuery})


def ours() -> Iterator[type[BaseSerializer[Any]]]:
    """Every serializer of the app."""
    for room in ROOMS:
        for one in vars(room).values():
            is_one = isinstance(one, type) and issubclass(one, BaseSerializer)
            if is_one and one.__module__ == room.__name__:
                yield one


def name_of(serializer: type[BaseSerializer[Any]]) -> str:
    return f"{PREFIX}{serializer.__name__.removesuffix('Serializer')}"


def name_components() -> None:
    for one in ours():
        set_override(one, "component_name", name_of(one))


class OwnChoices(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A component for each set of choices, named by the serializer that has it first."""

    target_class = ChoiceField
    priority = 1

    @classmethod
    def _matches(cls, target: Any) -> bool:
        parent = type(getattr(target, "parent", None))
        return type(target) is ChoiceField and parent.__module__ in {one.__name__ for one in ROOMS}

    def get_name(self) -> str | None:
        """None for parameters of an address, which are no components."""
        parent = type(self.target.parent)
        if parent.__name__.endswith("Query") and parent not in BODIES:
            return None
        named = "".join(part.title() for part in self.target.field_name.split("_"))
        return f"{name_of(parent)}{named}"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        found = build_choice_field(self.target)
        return {name: value for name, value in found.items() if not name.startswith("x-")}
