"""Whose request is it, and who may look: the questions only the host shop can answer."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.formats import number_format

from django_clvrec import preview
from django_clvrec.sources import PurchaseSource

_SALT = "django_clvrec.visitor"


def key_of(found: object) -> str | None:
    """A customer's key as text: policies and callers may give a primary key as it is."""
    return None if found is None else str(found)


class Policy:
    """The defaults, for a shop whose customers are Django's users. Subclass it, name it in
    `CLVREC["POLICY"]`."""

    def customer_key(self, request: HttpRequest) -> str | None:
        """The key of the customer who sends `request`; None for a visitor without one."""
        user = getattr(request, "user", None)
        return str(user.pk) if user is not None and user.is_authenticated else None

    def source_of(self, request: HttpRequest) -> str | None:
        """The name of the source that answers `request`; None, as by default, for the first one.

        Override it where each tenant has a source of its own. It is asked before the database is,
        and also while that is away, so let it go by the host name or what a middleware has found.

        ```python
        def source_of(self, request):
            return request.get_host()
        ```
        """
        return None

    def is_personalised(self, request: HttpRequest) -> bool:
        """Whether this visitor wants lists of their own; override it with the visitor's switch.

        Where it is False they are shown what a visitor without orders is.
        """
        return True

    def known_customer(self, request: HttpRequest) -> str | None:
        """The key of the customer whom lists are made for, if the visitor wants that.

        For staff who look at the shop as a customer sees it, that customer's.
        """
        if (shown := preview.customer_of(request, self.may_inspect_customer)) is not None:
            return shown
        return key_of(self.customer_key(request)) if self.is_personalised(request) else None

    def visitor_key(self, request: HttpRequest) -> str | None:
        """What tells a visitor without a customer key from others; None where nothing does.

        By default a digest of the session's key, where there is a session: nobody gets a cookie
        for being measured, and who has none is not measured. A new session, as after signing in,
        is another visitor, and with sessions in signed cookies so is a changed one. A shop that
        wants more keeps an id of its own in the session, with consent, and returns it here.
        """
        session = getattr(request, "session", None)
        if session is None:
            return None
        session.keys()  # loads it: the key of a session that is not there is forgotten
        key = session.session_key
        if not key:
            return None
        return f"session:{salted_hmac(_SALT, key, algorithm='sha256').hexdigest()[:32]}"

    def context(self, request: HttpRequest) -> str:
        """What newcomers who send such requests have in common: the device, or the country.

        What is popular is learnt apart for each, so let there be few, never what a visitor could
        make up, and at most 255 characters. It is logged with the list; visitors can read it.

        ```python
        def context(self, request):
            return "phone" if "Mobi" in request.headers.get("User-Agent", "") else "desktop"
        ```
        """
        return ""

    def tracks(self, request: HttpRequest) -> bool:
        """Whether feedback of this visitor is kept. Not against Global Privacy Control or DNT."""
        return all(request.META.get(name) != "1" for name in ("HTTP_SEC_GPC", "HTTP_DNT"))

    def may_inspect(self, request: HttpRequest) -> bool:
        """Whether the sender may see scores, tiers and lists of all customers."""
        user = getattr(request, "user", None)
        return bool(
            user is not None
            and user.is_active
            and user.is_staff
            and user.has_perm("clvrec.view_customerscore")
        )

    def may_inspect_customer(self, request: HttpRequest, customer_key: str) -> bool:
        """Whether the sender may see scores, tier and lists of this one; as of any by default.

        Override it where some may see only some, such as sellers of a marketplace, and answer
        False in `may_inspect` for them: lists and sums of all customers stay closed to them.

        ```python
        def may_inspect_customer(self, request, customer_key):
            return super().may_inspect_customer(request, customer_key) or (
                request.user.is_authenticated and has_bought_from(request.user, customer_key)
            )
        ```
        """
        return self.may_inspect(request)

    def sellable(self, source: PurchaseSource, level: str, keys: Sequence[str]) -> dict[str, Any]:
        """Of the items `keys`, the best first, those that may be shown now: objects by key.

        Asked once for all candidates of a list, so that one query can answer it. By default all
        that the source finds; override it for what is hidden, out of stock or not sold here:

        ```python
        def sellable(self, source, level, keys):
            found = super().sellable(source, level, keys)
            return {key: one for key, one in found.items() if one.stock > 0}
        ```
        """
        return source.items_in_bulk(level, keys)

    def catalogue(self, source: PurchaseSource, level: str) -> Iterable[str]:
        """Keys of items in the shop's own order, for a list that would otherwise be short.

        By default what the level's model holds, by primary key. Read only as far as is needed.
        """
        return source.item_keys(level)

    def price_for(self, price: Any, tier: str) -> Any:
        """What a customer of `tier` pays for what costs `price`; the same as all by default.

        The filter `price_for` asks here, and so should the cart: a price is shown where it holds.
        """
        return price

    def category_of(self, item: Any) -> str | None:
        """What merchandising rules and variety take for the category of an item's object."""
        found = getattr(item, "category_id", None)
        return None if found is None else str(found)

    def price_of(self, item: Any) -> Decimal | None:
        """What merchandising rules take for the price of an item's object."""
        found = getattr(item, "price", None)
        return found if isinstance(found, Decimal) else None

    def price_text(self, price: Any) -> str:
        """A price as shelves show it, by default a number in the visitor's language.

        Override it with your currency:

        ```python
        def price_text(self, price):
            return f"€ {super().price_text(price)}"
        ```
        """
        return str(number_format(price, force_grouping=True))

    def image_of(self, item: Any) -> str | None:
        """The address of an item's picture on a shelf; by default `item.image`, a file or text.

        Where a picture is a row of its own, fetch it with the item in `sellable`, or each costs
        a query.
        """
        found = getattr(item, "image", None)
        address = getattr(found, "url", None) if found else None
        return address or (found if found and isinstance(found, str) else None)
