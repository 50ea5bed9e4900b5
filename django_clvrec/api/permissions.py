"""Who may ask what."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from django_clvrec.conf import load_class


class MayInspect(BasePermission):
    """Only those whom the policy lets see scores, tiers and lists of any customer."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(load_class("POLICY")().may_inspect(request))
