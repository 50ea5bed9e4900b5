"""Any customer and any interests, ten categories: to try the recommendations in the demo."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from django_clvrec.serving import recommend
from example_shop.shop.forms import InterestsForm


def interests(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404  # it shows what is recommended to others
    form = InterestsForm(request.GET or None)
    answer = None
    if form.is_valid():
        customer = form.cleaned_data["customer"]
        answer = recommend(
            str(customer) if customer else None,
            level="category",
            n=10,
            interests=[str(category.pk) for category in form.cleaned_data["categories"]],
            with_objects=True,
        )
    return render(request, "shop/interests.html", {"form": form, "answer": answer})
