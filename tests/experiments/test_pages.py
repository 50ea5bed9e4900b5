"""From a page to the log, and what an experiment costs."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_clvrec.feedback import list_token, read_token, record, subjects_of
from django_clvrec.models import BanditArm, Experiment, ShownList
from django_clvrec.serving import recommend
from tests.experiments.conftest import TWO, experiment
from tests.policies import EverythingSells
from tests.shelf import Shelf, key_of, person, product


@pytest.fixture
def shelf(db, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.EverythingSells"}
    shelf = Shelf("corner")
    shelf.popular("fig", "pear")
    return shelf


def ask(customer):
    return recommend(customer, "product", source="corner")


@pytest.fixture
def page(rf, db, settings):
    """A shelf of the example shop for a request; the request and the HTML."""

    def page(user=None):
        request = rf.get("/")
        request.user, request.session = user or AnonymousUser(), SessionStore()
        request.session.create()
        source = "{% load clvrec %}{% recommendations 'product' %}"
        return request, engines["django"].from_string(source).render({}, request)

    return page


def token_of(html):
    return read_token(html.split('data-clvrec-list="')[1].split('"')[0])


def test_the_variant_is_logged_through_the_token(page):
    shelf, ann = Shelf(), person("ann")
    shelf.recommended(ann, product())
    experiment()
    request, html = page(ann)
    token = token_of(html)
    assert token.variant == recommend(key_of(ann), "product").variant != ""
    text = html.split('data-clvrec-list="')[1].split('"')[0]
    record([{"list": text, "kind": "shown"}], subjects_of(request))
    assert ShownList.objects.get().variant == token.variant


def test_visitors_take_part_by_tag_and_by_api(page, client):
    Shelf().popular(product())
    experiment()
    assert token_of(page()[1]).variant.startswith("window:")
    client.force_login(person("bob"))
    told = client.get("/clvrec/v1/me/recommendations/", {"level": "product"}).json()
    assert read_token(told["list"]).variant.startswith("window:")
    assert not {"variant", "template"} & set(told)
    popular = client.get("/clvrec/v1/popular/", {"level": "product"}).json()
    assert read_token(popular["list"]).variant == ""


def test_a_variant_that_is_given_goes_before_that_of_the_answer(rf, db):
    shelf, ann = Shelf(), person("ann")
    shelf.recommended(ann, product())
    experiment()
    request = rf.get("/")
    request.user = ann
    answer = recommend(key_of(ann), "product")
    assert read_token(list_token(request, answer, variant="mine")).variant == "mine"


def test_a_variants_template_is_used_first(page, tmp_path, settings):
    (tmp_path / "cards.html").write_text("<b>cards</b>")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    cards = [TWO[0], TWO[1] | {"template": "cards.html"}]
    experiment(variants=cards)
    shelf, oats = Shelf(), product()
    shelf.popular(oats)
    people = [person(f"p{number}") for number in range(12)]
    for one in people:
        html = page(one)[1]
        is_other = recommend(key_of(one), "product").variant == "window:other"
        assert ("<b>cards</b>" in html) == is_other
        assert ("data-clvrec-list" in html) != is_other


# what it costs


def test_without_an_active_experiment_nothing_costs_more(shelf, django_assert_num_queries):
    shelf.recommended("ann", "fig")
    experiment(is_active=False)
    ask("ann")
    with django_assert_num_queries(queries_of(lambda: ask("ann"))) as seen:
        ask("ann")
    assert not [one for one in seen if 'FROM "clvrec_experiment" ' in one["sql"]]


@pytest.mark.parametrize("experiments", [1, 8])
def test_with_experiments_an_answer_takes_one_query_more(
    shelf, experiments, django_assert_num_queries
):
    shelf.recommended("ann", "fig")
    ask("ann")
    before = queries_of(lambda: ask("ann"))
    for number in range(experiments):
        experiment(f"e{number}", level="" if not number else f"other{number}")
    with django_assert_num_queries(before + 1):
        assert ask("ann").variant


def queries_of(do):
    with CaptureQueriesContext(connection) as seen:
        do()
    return len(seen)


def test_a_cache_is_told_that_it_started_once_that_is_committed(
    shelf, settings, command, django_capture_on_commit_callbacks
):
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 60}
    experiment(is_active=False)
    assert ask("ann").variant == ""
    with django_capture_on_commit_callbacks(execute=True) as told:
        command("start", "window")
        # another process does not see the row yet, and keeps what it reads
        Experiment.objects.update(is_active=False)
        assert ask("ann").variant == ""
        Experiment.objects.update(is_active=True)
    assert told
    assert ask("ann").variant
    with django_capture_on_commit_callbacks(execute=True):
        command("stop", "window")
    assert ask("ann").variant == ""
    assert not Experiment.objects.filter(is_active=True)


# who wants no lists of their own


class Switch(EverythingSells):
    """Personalisation is what the visitor's cookie says."""

    def is_personalised(self, request):
        return request.COOKIES.get("personal") != "no"


@pytest.fixture
def window(db, settings):
    """Popular lists, of which those for newcomers explore."""
    own = {"POLICY": f"{__name__}.Switch", "EXPLORATION": {"new": 0.1}}
    settings.CLVREC = settings.CLVREC | own
    shelf = Shelf()
    shelf.popular("fig", "pear")
    return shelf


def shown_to(user, personal):
    """What is stored of a list in a new session, with personalisation switched on or off."""
    client = Client()
    client.force_login(user)
    client.cookies["personal"] = personal
    told = client.get("/clvrec/v1/me/recommendations/", {"level": "product"}).json()
    body = {"events": [{"list": told["list"], "kind": "shown"}]}
    client.post("/clvrec/v1/events/", body, content_type="application/json")
    return ShownList.objects.get(pk=read_token(told["list"]).list_id)


def test_a_customer_keeps_the_variant_whatever_the_switch_and_the_session(window):
    experiment()
    for number in range(8):
        user = person(f"p{number}")
        rows = [shown_to(user, personal) for personal in ("no", "yes", "no")]
        assert {row.subject_key for row in rows} == {key_of(user)}
        assert len({row.variant for row in rows}) == 1


def test_the_tier_on_record_is_the_one_whose_list_was_shown(window):
    bob = person("bob")
    window.score(bob, tier="high")
    assert shown_to(bob, "yes").tier == "high"
    assert not BanditArm.objects.exists()
    assert shown_to(bob, "no").tier == "new"
    # so what newcomers' lists try out is learnt from
    assert BanditArm.objects.exists()
