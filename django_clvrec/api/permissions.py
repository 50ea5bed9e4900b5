"""Who may ask what."""

from typing import NoReturn

from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from django_clvrec.conf import load_class
from django_clvrec.sources import get_source

NO_CUSTOMER = "The live snapshot has no such customer."


class MayInspect(BasePermission):
    """Only those whom the policy lets see scores, tiers and lists of any customer."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(load_class("POLICY")().may_inspect(request))


class MayInspectCustomer(BasePermission):
    """Only those whom the policy lets see the customer whose key is in the address.

    A refusal is the same whether or not there is such a customer, for it depends on nothing but
    whether the sender may inspect all: to these it says that there is none.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        is_there = not getattr(view, "is_nobody", False)
        if is_there and may_inspect_customer(request, view.kwargs["key"]):
            return True
        if load_class("POLICY")().may_inspect(request):
            # of REST: its page for browsers asks again, for each button
            raise NotFound(NO_CUSTOMER)
        return False


def may_inspect_customer(request: Request, key: str) -> bool:
    """What the policy says of one customer; of text that is no key it is not asked."""
    if "\0" in key:  # PostgreSQL raises for it, and a policy may ask the shop's database
        return bool(load_class("POLICY")().may_inspect(request))
    return bool(load_class("POLICY")().may_inspect_customer(request, key))


def asked_source(view: APIView, given: str | None) -> str:
    """The name of the source that staff ask about: `given`, or else the one of the request's site.

    The policy says of a key who may see its customer, and each source has keys of its own: who may
    not see all customers is told of no source but the site's.
    """
    policy = load_class("POLICY")()
    own = get_source(policy.source_of(view.request)).name
    if given not in {None, own} and not policy.may_inspect(view.request):
        refuse_unknown(view.request, view)
    return given or own


def refuse_unknown(request: Request, view: APIView) -> NoReturn:
    """For a customer who is not there. Raises what somebody gets who may not see the customer."""
    vars(view)["is_nobody"] = True  # a page for browsers must have no button more either
    if not load_class("POLICY")().may_inspect(request):
        view.permission_denied(request)  # raises too
    raise NotFound(NO_CUSTOMER)
