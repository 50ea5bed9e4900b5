"""What visitors send."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model

from example_shop.shop.cart import MOST
from example_shop.shop.models import Category, Product


class CartForm(forms.Form):
    """A product, and how many of it."""

    product = forms.ModelChoiceField(Product.objects.filter(is_sellable=True))
    quantity = forms.IntegerField(min_value=0, max_value=MOST)


class InterestsForm(forms.Form):
    """A customer and categories of interest."""

    customer = forms.IntegerField(
        label="Household number", required=False, min_value=1, help_text="Empty for a newcomer."
    )
    categories = forms.ModelMultipleChoiceField(
        Category.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_customer(self) -> int | None:
        customer: int | None = self.cleaned_data["customer"]
        if customer and not get_user_model().objects.filter(pk=customer).exists():
            raise forms.ValidationError("No household has this number.")
        return customer

    def by_department(self) -> list[tuple[str, list[Any], bool]]:
        """Names of departments with their checkboxes, and whether one of these is ticked."""
        of = dict(Category.objects.values_list("pk", "department__name").order_by("department"))
        groups: dict[str, list[Any]] = {name: [] for name in of.values()}
        for box in self["categories"]:
            groups[of[box.data["value"].value]].append(box)
        return [
            (name, boxes, any(box.data["selected"] for box in boxes))
            for name, boxes in groups.items()
        ]
