"""The admin's pages of experiments."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.admin import experiments
from django_clvrec.models import Experiment
from tests.experiments.conftest import TWO, experiment, show
from tests.shelf import person

LIST = reverse("admin:clvrec_experiment_changelist")
ADD = reverse("admin:clvrec_experiment_add")
FORM = {
    "key": "window", "name": "A window", "level": "product", "tiers": ["low", "high"],
    "variants": json.dumps(TWO), "is_active": "on",
    "starts_at_0": "", "starts_at_1": "", "ends_at_0": "", "ends_at_1": "",
}  # fmt: skip


def variants_with(option, value):
    return f'[{json.dumps(TWO[0])}, {{"name": "other", "weight": 1, "{option}": {value}}}]'


@pytest.fixture
def boss(db, client):
    rights = [f"{what}_experiment" for what in ("view", "add", "change", "delete")]
    client.force_login(person("boss", rights, is_staff=True))
    return client


@pytest.fixture
def viewer(db, client):
    client.force_login(person("viewer", ["view_experiment"], is_staff=True))
    return client


def page_of(one):
    return reverse("admin:clvrec_experiment_change", args=[one.pk])


def act(client, action, *chosen):
    data = {"action": action, "_selected_action": [one.pk for one in chosen], "index": 0}
    return client.post(LIST, data, follow=True)


def messages(response):
    return [str(message) for message in response.context["messages"]]


def test_one_is_added_by_the_form(boss):
    assert "“weight”" in boss.get(ADD).text
    assert boss.post(ADD, FORM).status_code == 302
    one = Experiment.objects.get()
    assert (one.key, one.is_active, one.level) == ("window", True, "product")
    assert (one.tiers, one.variants) == (["low", "high"], TWO)


def test_a_new_one_begins_with_two_variants(boss):
    form = boss.get(ADD).context["adminform"].form
    told = form["variants"].value()
    assert json.loads(told) == TWO
    assert told.startswith('[\n  {\n    "name": "control"')


def test_the_form_shows_the_variants_that_are_stored(boss):
    one = experiment(variants=[TWO[1], TWO[0]])
    form = boss.get(page_of(one)).context["adminform"].form
    assert json.loads(form["variants"].value()) == one.variants


def test_every_level_and_every_tier_are_the_default(boss):
    boss.post(ADD, FORM | {"level": "", "tiers": []})
    one = Experiment.objects.get()
    assert (one.level, one.tiers) == ("", [])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"variants": "[{"}, "Enter a valid JSON."),
        ({"variants": '[{"name": "one", "weight": 1}]'}, "At least two variants"),
        ({"variants": ""}, "This field is required."),
        ({"variants": variants_with("weight", "9" * 400)}, "The weight must be"),
        ({"variants": variants_with("weight", "9" * 9000)}, "Enter a valid JSON."),
        ({"variants": variants_with("rules", "[" * 99999)}, "Enter a valid JSON."),
        (
            {"variants": variants_with("rules", '[{"action": "pin", "position": 1e999}]')},
            "infinite",
        ),
        ({"variants": variants_with("rules", '[{"action": "boost", "factor": NaN}]')}, "infinite"),
        ({"level": "shelf"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_told_at_its_field(boss, fields, why):
    page = boss.post(ADD, FORM | fields)
    assert why in str(page.context["adminform"].form.errors)
    assert not Experiment.objects.exists()


def test_a_second_active_one_is_refused(boss):
    experiment("first")
    page = boss.post(ADD, FORM)
    assert "“first” is active" in str(page.context["adminform"].form.errors["is_active"])


def test_the_page_shows_what_came_of_it(boss):
    one = experiment()
    assert "Nothing was shown yet" in boss.get(page_of(one)).text
    for number in range(6):
        show(str(number), "window:control", clicked=["a"] if number % 2 else [], sold={"a": 7})
    show("x", "window:other")
    page = boss.get(page_of(one)).text
    for told in (
        "50.00",
        "7.00",
        "Too few to decide",
        "Mid value when first shown",
        "Sample ratio",
    ):
        assert told in page
    assert "nan" not in page.lower().split('id="report">')[1].split("submit-row")[0]


def test_a_difference_without_bounds_is_shown_without(boss):
    one = experiment()
    for number in range(4):
        show(str(number), f"window:{('control', 'other')[number % 2]}", clicked="a" * (number % 2))
    page = boss.get(page_of(one)).text
    assert "100.00 (– – –), p = –" in page


@pytest.mark.parametrize("variants", [[], {}, "text", [TWO[0]], [TWO[0], {"name": "other"}]])
def test_what_cannot_be_counted_by_can_be_mended(boss, variants):
    one = experiment(variants=variants)
    show("ann", "window:control")
    assert "Nothing was shown yet" in boss.get(page_of(one)).text


def test_a_report_is_made_where_it_is_shown(boss):
    one = experiment(is_active=False)
    show("ann", "window:control")

    def reports(ask):
        with CaptureQueriesContext(connection) as seen:
            ask()
        return sum("GROUP BY" in one["sql"] and "clvrec_shownlist" in one["sql"] for one in seen)

    once = reports(lambda: boss.get(page_of(one)))
    assert once == 1
    assert reports(lambda: boss.post(page_of(one), FORM | {"key": "two words"})) == once
    assert reports(lambda: boss.post(page_of(one), FORM)) == 0


def test_a_report_of_many_lists_is_made_for_who_asks(boss, monkeypatch):
    monkeypatch.setattr(experiments, "MOST_LISTS", 2)
    one = experiment()
    for number in range(3):
        show(str(number), "window:control")
    page = boss.get(page_of(one)).text
    assert "More than 2 lists were shown" in page
    assert "Sample ratio" not in page
    asked = boss.get(page_of(one), {"report": 1}).text
    assert "Sample ratio" in asked
    assert "More than" not in asked


def test_a_report_stays_when_a_template_goes(boss):
    one = experiment(variants=[TWO[0], TWO[1] | {"template": "gone.html"}])
    show("ann", "window:control")
    assert "Sample ratio" in boss.get(page_of(one)).text


def test_who_may_only_look_sees_the_report_and_starts_nothing(viewer):
    one = experiment(is_active=False)
    show("x", "window:other")
    page = viewer.get(page_of(one))
    assert page.status_code == 200
    assert "Sample ratio" in page.text
    act(viewer, "start", one)
    assert not Experiment.objects.get().is_active
    assert viewer.get(ADD).status_code == 403


def test_staff_without_the_permission_are_kept_out(db, client):
    client.force_login(person("temp", is_staff=True))
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(experiment())).status_code in {302, 403}


def test_actions_start_and_stop(boss):
    one = experiment(is_active=False)
    assert messages(act(boss, "start", one)) == ["Window runs."]
    assert Experiment.objects.get().is_active
    assert messages(act(boss, "stop", one)) == ["Window is stopped."]
    assert not Experiment.objects.get().is_active


def test_of_two_for_the_same_lists_one_is_started(boss):
    both = experiment("first", is_active=False), experiment("second", is_active=False)
    told = messages(act(boss, "start", *both))
    assert told[0] == "First runs."
    assert "second cannot be started" in told[1]
    assert list(Experiment.objects.filter(is_active=True)) == [both[0]]
