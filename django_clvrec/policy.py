"""Whose request is it, and who may look: the questions only the host shop can answer."""

from django.http import HttpRequest


class Policy:
    """The defaults, for a shop whose customers are Django's users. Subclass it, name it in
    `CLVREC["POLICY"]`."""

    def customer_key(self, request: HttpRequest) -> str | None:
        """The key of the customer who sends `request`; None for a visitor without one."""
        user = getattr(request, "user", None)
        return str(user.pk) if user is not None and user.is_authenticated else None

    def may_inspect(self, request: HttpRequest) -> bool:
        """Whether the sender may see scores, tiers and lists of any customer."""
        user = getattr(request, "user", None)
        return bool(
            user is not None
            and user.is_active
            and user.is_staff
            and user.has_perm("clvrec.view_customerscore")
        )
