"""The shop, its sign-in, the admin and the API."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("clvrec/", include("django_clvrec.api.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    # browsers ask for it on pages that name no icon, such as the admin's
    path("favicon.ico", RedirectView.as_view(url=static("shop/logo.svg"))),
    path("", include("example_shop.shop.urls")),
]
