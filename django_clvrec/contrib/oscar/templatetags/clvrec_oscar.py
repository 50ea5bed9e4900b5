"""What the shelves of Oscar's pages have to know."""

from typing import Any

from django import template

from django_clvrec.contrib.oscar import conf

register = template.Library()


@register.filter
def basket_products(basket: Any) -> list[Any]:
    """The products in a basket, in its order; none where there is no basket."""
    if not basket:
        return []
    return [line.product for line in basket.all_lines() if line.product is not None]


@register.simple_tag
def fills_recommended_products() -> bool:
    """Whether Oscar's own list on a product's page already holds what goes with it."""
    return bool(conf.option("recommended_products"))
