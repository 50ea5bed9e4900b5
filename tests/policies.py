"""Policies of a shop for tests of one thing at a time."""

from decimal import Decimal

from django_clvrec.policy import Policy


class OnlyListed(Policy):
    """Lists stay as short as what is recommended: nothing fills them up."""

    def catalogue(self, source, level):
        return ()


class EverythingSells(OnlyListed):
    """Items need not exist to be shown; where the shop has no object a key stands for itself."""

    def sellable(self, source, level, keys):
        found = super().sellable(source, level, keys)
        return {key: found.get(key, key) for key in keys}


class NotGone(Policy):
    """Sells no product whose brand is “gone”; asks the database, and keeps what it allowed."""

    allowed = None
    """A list where somebody wants to know it: the keys that each call allowed."""

    def sellable(self, source, level, keys):
        found = super().sellable(source, level, keys)
        found = {key: one for key, one in found.items() if one.brand != "gone"}
        if NotGone.allowed is not None:
            NotGone.allowed.append({*found})
        return found


class Priced(NotGone):
    """A product costs what its number says: p07 costs 7."""

    def price_of(self, item):
        return Decimal(item.pk[1:]) if item.pk[1:].isdecimal() else None
