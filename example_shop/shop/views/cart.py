"""Buying: the cart and the checkout."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from example_shop.shop.cart import Cart, place_order, total
from example_shop.shop.forms import CartForm
from example_shop.shop.views.returning import back


def show(request: HttpRequest) -> HttpResponse:
    lines = Cart(request.session).lines()
    products = [line.product for line in lines]
    context = {"lines": lines, "total": total(lines), "products": products}
    return render(request, "shop/cart.html", context)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    form = CartForm(request.POST)
    if form.is_valid():
        product, cart = form.cleaned_data["product"], Cart(request.session)
        cart.put(product, cart.quantity(product) + form.cleaned_data["quantity"])
        messages.success(request, f"Added to your cart: {product}.")
    else:
        messages.error(request, "This could not be put into your cart.")
    return redirect(back(request, "cart"))


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    form = CartForm(request.POST)
    if form.is_valid():
        Cart(request.session).put(form.cleaned_data["product"], form.cleaned_data["quantity"])
    else:
        messages.error(request, "Choose a quantity from 0 to 99.")
    return redirect("cart")


@login_required
def checkout(request: HttpRequest) -> HttpResponse:
    cart = Cart(request.session)
    lines = cart.lines()
    if not lines:
        return redirect("cart")
    if request.method != "POST":
        return render(request, "shop/checkout.html", {"lines": lines, "total": total(lines)})
    assert isinstance(request.user, User)  # noqa: S101 - login_required lets nobody else in
    order = place_order(request.user, lines)
    cart.clear()
    messages.success(request, "Thank you! Your order is placed.")
    return redirect(order)
