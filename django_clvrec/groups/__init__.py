"""Groups of customers by conditions: who is in one, how many, a page of them, two compared."""

from django_clvrec.groups.comparing import Comparison, compare
from django_clvrec.groups.conditions import EVERYONE, RANGES, Conditions
from django_clvrec.groups.counting import MOST_COUNTED, Summary, count, summary
from django_clvrec.groups.form import ConditionsForm, Reading
from django_clvrec.groups.paging import DEFAULT_ORDER, ORDERS, PAGE_ROWS, Page, is_order, page_of
from django_clvrec.groups.population import Population, source_names
from django_clvrec.groups.saving import conditions_of, group_named

__all__ = [
    "DEFAULT_ORDER",
    "EVERYONE",
    "MOST_COUNTED",
    "ORDERS",
    "PAGE_ROWS",
    "RANGES",
    "Comparison",
    "Conditions",
    "ConditionsForm",
    "Page",
    "Population",
    "Reading",
    "Summary",
    "compare",
    "conditions_of",
    "count",
    "group_named",
    "is_order",
    "page_of",
    "source_names",
    "summary",
]
