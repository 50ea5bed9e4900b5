"""The pages of the storefront."""

from django.urls import path

from example_shop.shop.views import account, cart, catalogue, interests

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("search/", catalogue.search, name="search"),
    path("department/<slug:slug>/", catalogue.department, name="department"),
    path("category/<int:pk>/", catalogue.category, name="category"),
    path("type/<int:pk>/", catalogue.product_type, name="product_type"),
    path("product/<int:pk>/", catalogue.product, name="product"),
    path("cart/", cart.show, name="cart"),
    path("cart/add/", cart.add, name="cart_add"),
    path("cart/change/", cart.change, name="cart_change"),
    path("checkout/", cart.checkout, name="checkout"),
    path("join/", account.join, name="join"),
    path("personal/", account.personal, name="personal"),
    path("account/", account.orders, name="account"),
    path("account/orders/<int:pk>/", account.order, name="order"),
    path("interests/", interests.interests, name="interests"),
]
