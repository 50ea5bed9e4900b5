from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tests.compat.people"
    label = "people"
