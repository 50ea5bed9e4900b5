"""Shelves as HTML: rendered at once, or as a placeholder that fetches the shelf when it is needed.

A tag and the address `shelf/<signed>/` render the same description of a shelf by the same function,
so a page that is kept for everybody shows each visitor their own. docs/how-to/shelves.md
"""

from django_clvrec.shelves.addresses import address_of, read_address
from django_clvrec.shelves.described import DescribedShelf, RecommendedShelf, RelatedShelf
from django_clvrec.shelves.rendering import render_fetched, render_later, render_now

__all__ = [
    "DescribedShelf",
    "RecommendedShelf",
    "RelatedShelf",
    "address_of",
    "read_address",
    "render_fetched",
    "render_later",
    "render_now",
]
