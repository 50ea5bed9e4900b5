"""What `docs/how-to/back-office.md` says is true."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.template import engines
from django.test import RequestFactory

from django_clvrec import preview
from tests.shelf import Shelf, person

PAGE = (Path(__file__).parent.parent / "docs/how-to/back-office.md").read_text()
(TEMPLATE,) = re.findall(r"```django\n(.*?)```", PAGE, re.DOTALL)
(CODE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def rendered(request):
    return engines["django"].from_string(TEMPLATE).render({}, request)


@pytest.mark.django_db
def test_the_way_back_is_shown_in_a_preview_and_to_nobody_else(client):
    boss = person("boss", ["view_customerscore"], is_staff=True)
    client.force_login(boss)
    row = Shelf().score("ann")
    client.post(f"/admin/clvrec/customerscore/{row.pk}/preview/")
    request = RequestFactory().get("/")
    request.user, request.session = boss, client.session
    assert "<form" not in rendered(request)
    request.COOKIES[preview.COOKIE] = client.cookies[preview.COOKIE].value
    assert "Back to my own lists" in rendered(request)
    request.user = person("visitor")
    assert "<form" not in rendered(request)


@pytest.mark.django_db
def test_analysts_look_but_do_not_touch(client):
    found: dict = {}
    exec(CODE, found)  # noqa: S102
    user = User.objects.create_user("ann", is_staff=True)
    user.groups.add(found["may_look_but_not_touch"]())
    client.force_login(user)
    row = Shelf().score("bob")
    assert client.get("/admin/clvrec/customerscore/").status_code == 200
    assert client.post("/admin/clvrec/snapshot/refresh/").status_code == 403
    assert client.get("/admin/clvrec/customerscore/export/").status_code == 403
    assert client.post(f"/admin/clvrec/customerscore/{row.pk}/erase/").status_code == 403


def test_every_permission_of_the_table_is_one():
    from django.apps import apps

    config = apps.get_app_config("clvrec")
    known = {
        f"clvrec.{name}"
        for model in config.get_models()
        for name in (
            *(one for one, _ in model._meta.permissions),
            *(f"{what}_{model._meta.model_name}" for what in model._meta.default_permissions),
        )
    }
    named = set(re.findall(r"`(clvrec\.\w+)`", PAGE))
    assert len(named) == 8
    assert named <= known
