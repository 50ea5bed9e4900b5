"""Who asks: nobody, customers, and staff with and without permissions."""

from django.contrib.auth.models import Permission, User
from django.test import Client
from rest_framework.authentication import BaseAuthentication

ALL = "all"
OUTSIDE = ("anonymous", "customer", "other customer", "token of a customer", "permissions only")
"""Nobody of these belongs to the staff."""
INSIDE = ("staff", "staff of another app", "staff with all", "token of staff")
MAY_ALL = ("staff with all", "token of staff")


class ByToken(BaseAuthentication):
    """A token in a header, which is the user's name: what DRF's own does, without its table."""

    def authenticate(self, request):
        kind, _, name = request.headers.get("Authorization", "").partition(" ")
        return (User.objects.get(username=name), None) if kind == "Token" else None

    def authenticate_header(self, request):
        return "Token"


def client_of(role, but=""):
    """A browser or a program of the role; `but` is a permission that staff with all do not have."""
    if role == "anonymous":
        return Client()
    user = User.objects.create_user(
        role.replace(" ", "-"), is_staff=role in INSIDE, pk={"customer": 7}.get(role)
    )
    given = Permission.objects.none()
    if role in MAY_ALL or role == "permissions only":
        # in the admin, who may change may view
        missing = (but, but.replace("view_", "change_"))
        mine = Permission.objects.filter(content_type__app_label="clvrec")
        given = mine.exclude(codename__in=missing)
    if role == "staff of another app":
        given = Permission.objects.exclude(content_type__app_label="clvrec")
    user.user_permissions.set(given)
    if role.startswith("token"):
        return Client(headers={"authorization": f"Token {user.username}"})
    client = Client()
    client.force_login(user)
    return client
