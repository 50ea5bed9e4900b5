from django.apps import AppConfig


class AwkwardShopConfig(AppConfig):
    name = "tests.awkward_shop"
    label = "awkward_shop"
    default_auto_field = "django.db.models.BigAutoField"
