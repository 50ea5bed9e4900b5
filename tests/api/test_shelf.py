"""One shelf of a page, fetched by itself."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.versioning import NamespaceVersioning

from django_clvrec.api.shelf import Shelf as View
from django_clvrec.feedback import read_token
from django_clvrec.serving import recommend
from django_clvrec.shelves import RecommendedShelf, RelatedShelf, address_of
from tests.experiments.conftest import TWO, experiment
from tests.shelf import Shelf, bought, key_of, person, product

FOR_YOU = RecommendedShelf(level="product", title="For you", language="en")


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def ann(client, db):
    ann = person("ann")
    client.force_login(ann)
    return ann


@pytest.fixture
def fetch(client):
    def fetch(shelf=FOR_YOU, **headers):
        return client.get(address_of(shelf), headers=headers)

    return fetch


def test_a_customer_gets_their_own(shelf, ann, fetch):
    shelf.recommended(ann, product("Oats"))
    html = fetch().content.decode()
    assert html.startswith('<section class="clvrec-shelf"')
    assert "Oats" in html
    token = read_token(re.search(r'data-clvrec-list="([^"]+)"', html)[1])
    assert token.source == "stored"


def test_nobody_keeps_it(shelf, ann, fetch):
    shelf.popular(product())
    response = fetch()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_where_there_is_nothing_to_show_it_is_empty(shelf, fetch):
    response = fetch(RecommendedShelf(level="product", intent="again"))
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("change", [lambda text: text[:-2], lambda text: "x" + text])
def test_what_no_page_described_is_not_found(shelf, client, change):
    *_, signed, _ = address_of(FOR_YOU).split("/")
    assert client.get(f"/clvrec/shelf/{change(signed)}/").status_code == 404


def test_the_placeholder_is_replaced_by_a_shelf_of_the_same_name(shelf, client, rf):
    shelf.popular(product())
    tag = "{% load clvrec %}{% recommendations 'product' title='For you' lazy=True %}"
    request = rf.get("/")
    request.session = {}
    page = engines["django"].from_string(tag * 2).render({}, request)
    addresses = re.findall(r'hx-get="([^"]+)"', page)
    for name, address in zip(re.findall(r'<h2 id="([^"]+)"', page), addresses, strict=True):
        assert f'<h2 id="{name}">' in client.get(address).content.decode()


def test_it_speaks_the_language_of_its_page(shelf, fetch):
    shelf.popular(product())
    response = fetch(RecommendedShelf(level="product", language="de"), accept_language="fr")
    assert response.headers["Content-Language"] == "de"


def test_it_takes_as_many_queries_as_in_its_page(shelf, rf):
    shelf.recommended(ann := person("ann"), product(), product())
    request = rf.get("/")
    request.user = ann

    def tag():
        source = "{% load clvrec %}{% recommendations 'product' title='For you' %}"
        assert engines["django"].from_string(source).render({}, request)

    def view():
        *_, signed, _ = address_of(FOR_YOU).split("/")
        assert View.as_view()(request, signed=signed).content

    class Session(dict):
        session_key = "x"

    request.session = Session()
    tag()  # the process meets the snapshot
    assert queries_of(tag) == queries_of(view)


def queries_of(do):
    with CaptureQueriesContext(connection) as seen:
        do()
    return len(seen)


def test_neither_tier_nor_score_nor_spend_is_told(shelf, ann, fetch):
    shelf.score(ann, tier="high", overall_score=9, spent="777.77")
    shelf.recommended(ann, product())
    response = fetch()
    told = response.content.decode() + str(response.headers)
    told = re.sub(r'(data-clvrec-list|value)="[^"]*"', "", told)  # tokens
    told = re.sub(r"csrftoken=\w+", "", told)
    assert not [word for word in ("high", "777.77", "0.9", "stored") if word in told]


def test_who_wants_nothing_personal_gets_what_everybody_does(shelf, ann, client, fetch, settings):
    shelf.recommended(ann, product("Oats"))
    shelf.popular(product("Rice"))
    policy = "example_shop.shop.policy.ShopPolicy"
    settings.CLVREC = settings.CLVREC | {"POLICY": policy}
    session = client.session
    session["is_personalised"] = False
    session.save()
    html = fetch().content.decode()
    assert html.index("Rice") < html.index("Oats")  # which only fills it up


def test_who_is_not_tracked_gets_no_token(shelf, ann, fetch):
    shelf.recommended(ann, product())
    assert 'data-clvrec-list=""' in fetch(**{"Sec-GPC": "1"}).content.decode()


def test_experiments_hold_as_in_a_page(shelf, client, settings, tmp_path):
    (tmp_path / "cards.html").write_text("<b>cards</b>")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    experiment(variants=[TWO[0], TWO[1] | {"template": "cards.html"}])
    shelf.popular(product())
    seen = set()
    for number in range(12):
        one, client = person(f"p{number}"), Client()
        client.force_login(one)
        is_other = recommend(key_of(one), "product").variant == "window:other"
        html = client.get(address_of(FOR_YOU)).content.decode()
        assert ("<b>cards</b>" in html) == is_other
        seen.add(is_other)
    assert seen == {True, False}


def test_what_was_just_bought_is_gone_at_once(shelf, ann, fetch):
    oats = product("Oats")
    shelf.recommended(ann, oats, product("Rice"))
    bought(ann, oats)
    html = fetch().content.decode()
    assert "Rice" in html
    assert f'data-clvrec-item="{oats.pk}"' not in html


def test_what_goes_with_an_item_is_fetched_too(shelf, fetch):
    assert fetch(RelatedShelf(items=("1",), level="product")).status_code == 200


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/aisle/?p=2", "/aisle/?p=2"),
        ("http://elsewhere.example/aisle/", ""),
        ("http://testserver//elsewhere.example/", "/%2Felsewhere.example/"),
        ("", ""),
    ],
)
def test_its_forms_lead_back_to_the_page_it_is_for(shelf, ann, fetch, referer, page):
    shelf.recommended(ann, product())
    assert f'name="next" value="{page}"' in fetch(referer=referer).content.decode()


def test_a_form_in_it_can_be_sent(shelf, db):
    shelf.popular(oats := product())
    client = Client(enforce_csrf_checks=True)
    html = client.get(address_of(FOR_YOU)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)[1]
    form = {"csrfmiddlewaretoken": token, "product": oats.pk, "quantity": 1}
    assert client.post("/cart/add/", form).status_code == 302


def test_the_shop_may_set_a_rate(shelf, fetch, settings):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"clvrec_shelf": "2/min"}}
    cache.clear()
    assert [fetch().status_code for _ in range(3)] == [200, 200, 429]
    cache.clear()


def test_it_can_only_be_read(shelf, client):
    assert client.post(address_of(FOR_YOU)).status_code == 405


def test_who_is_signed_in_is_who_the_pages_say(shelf, ann, fetch, settings):
    """A shop whose API takes no sessions has pages that do."""
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ()}
    shelf.recommended(ann, product("Oats"))
    html = fetch().content.decode()
    assert read_token(re.search(r'data-clvrec-list="([^"]+)"', html)[1]).source == "stored"


def test_a_shop_with_versions_of_its_api_has_shelves_all_the_same(shelf, fetch, monkeypatch):
    monkeypatch.setattr(NamespaceVersioning, "allowed_versions", ["v1"])
    monkeypatch.setattr("rest_framework.views.APIView.versioning_class", NamespaceVersioning)
    assert fetch().status_code == 200
