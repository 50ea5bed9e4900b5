from django.apps import AppConfig


class CornerShopConfig(AppConfig):
    name = "tests.corner_shop"
    label = "corner_shop"
    default_auto_field = "django.db.models.BigAutoField"
