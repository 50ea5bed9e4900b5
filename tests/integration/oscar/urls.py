"""Oscar's pages, the admin, and the addresses of django-clvrec."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("clvrec/", include("django_clvrec.api.urls")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
