"""Policies of a shop for tests of one thing at a time."""

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
