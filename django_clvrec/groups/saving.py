"""Groups that admins keep."""

from django.utils.translation import gettext as _

from django_clvrec.exceptions import BadGroup, UnknownGroup
from django_clvrec.groups.conditions import Conditions
from django_clvrec.groups.population import Population
from django_clvrec.models import CustomerGroup


def conditions_of(population: Population, group: CustomerGroup) -> Conditions:
    """What a saved group asks for. Raises BadGroup where that cannot be asked of these customers.

    Names that are known no more are a fault here: without them it would be a larger group.
    """
    if group.source != population.source:
        raise BadGroup(
            _("“%(name)s” is a group of %(source)s.") % {"name": group, "source": group.source}
        )
    found = population.read(group.conditions)
    faults = found.faults + [_("There is no condition “%s”.") % name for name in found.unknown]
    if faults or found.conditions is None:
        raise BadGroup(
            _("“%(name)s” cannot be used: %(faults)s") % {"name": group, "faults": " ".join(faults)}
        )
    return found.conditions


def group_named(name: str, source: str) -> CustomerGroup:
    """A saved group of a source. Raises UnknownGroup."""
    found = CustomerGroup.objects.filter(source=source, name=name).first()
    if found is None:
        raise UnknownGroup(
            f"No saved group of {source} is called {name!r}. Look at the admin's page of customers."
        )
    return found
