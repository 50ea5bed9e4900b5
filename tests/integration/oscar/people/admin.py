from django.contrib import admin

from tests.integration.oscar.people.models import Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    search_fields = ("email",)
