"""The customer's own pages: joining, and past orders."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from example_shop.shop.models import Order
from example_shop.shop.policy import PERSONAL
from example_shop.shop.views.returning import back

PER_PAGE = 10


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    own = Order.objects.filter(customer=request.user.pk).with_total()
    newest = own.annotate(products=Count("lines")).order_by("-placed_at", "-pk")
    pages = Paginator(newest, PER_PAGE)
    return render(request, "shop/account.html", {"page": pages.get_page(request.GET.get("page"))})


@login_required
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order; right after the checkout, its confirmation."""
    own = Order.objects.filter(customer=request.user.pk).with_total()
    found = get_object_or_404(own, pk=pk)
    lines = found.lines.select_related("product__product_type__category__department")
    return render(request, "shop/order.html", {"order": found, "lines": lines})


@require_POST
def personal(request: HttpRequest) -> HttpResponse:
    """The visitor's own switch of personal recommendations."""
    request.session[PERSONAL] = request.POST.get("on") == "1"
    return redirect(back(request, "home"))


def join(request: HttpRequest) -> HttpResponse:
    """A login for a newcomer, who is signed in with it at once."""
    form: UserCreationForm[User] = UserCreationForm(request.POST or None)
    if form.is_valid():
        login(request, form.save())
        return redirect("home")
    return render(request, "registration/join.html", {"form": form})
