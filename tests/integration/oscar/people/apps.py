from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tests.integration.oscar.people"
    label = "people"
