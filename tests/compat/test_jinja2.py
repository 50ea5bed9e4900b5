"""Pages in Jinja2 show what pages in Django's templates do."""

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.template import engines

from django_clvrec.arrays import neighbours_name, save_arrays
from tests.shelf import Shelf, bought, key_of, person, product

TAGS = (
    ("{% recommendations 'product' n=2 title='For you' %}",
     "{{ recommendations('product', n=2, title='For you') }}"),
    ("{% recommendations 'product' title=title lazy=True %}",
     "{{ recommendations('product', title=title, lazy=True) }}"),
    ("{% recommendations 'category' intent='again' %}",
     "{{ recommendations('category', intent='again') }}"),
    ("{% related oats 'product' n=3 title='With' %}",
     "{{ related(oats, 'product', n=3, title='With') }}"),
    ("{% get_recommendations 'product' as all %}{% for one in all %}{{ one.object }}{% endfor %}",
     "{% for one in get_recommendations('product') %}{{ one.object }}{% endfor %}"),
    ("{% get_related oats 'product' as all %}{% for one in all %}{{ one.object }}{% endfor %}",
     "{% for one in get_related(oats, 'product') %}{{ one.object }}{% endfor %}"),
    ("{% popular_items 'product' as all %}{% for one in all %}{{ one.object }}{% endfor %}",
     "{% for one in popular_items('product') %}{{ one.object }}{% endfor %}"),
    ("{% customer_tier %}|{% customer_segment %}|{% preview_of %}|{% shelf_key %}",
     "{{ customer_tier() }}|{{ customer_segment() }}|{{ preview_of() }}|{{ shelf_key() }}"),
    ("{% shelf_styles %}{% shelf_scripts %}", "{{ shelf_styles() }}{{ shelf_scripts() }}"),
    ("{% recommendation_events %}", "{{ recommendation_events() }}"),
    ("{{ oats|price_text:'high' }}{{ oats|image_of }}{{ oats.price|price_for:'new' }}",
     "{{ oats|price_text('high') }}{{ oats|image_of }}{{ oats.price|price_for('new') }}"),
)  # fmt: skip
JINJA = "django.template.backends.jinja2.Jinja2"


@pytest.fixture
def own(settings, tmp_path):
    """A folder of the shop's templates in Jinja2."""
    extensions = ["django_clvrec.contrib.jinja2.ClvrecExtension"]
    settings.TEMPLATES = [
        {"BACKEND": JINJA, "DIRS": [tmp_path], "OPTIONS": {"extensions": extensions}},
        *settings.TEMPLATES,
    ]
    return tmp_path


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def oats(ann):
    oats, rice = product("Oats <1>"), product("Rice & beans")
    shelf = Shelf()
    shelf.score(ann, tier="high", segment="champions")
    shelf.recommended(ann, rice, oats)
    shelf.popular(oats, rice)
    near = {
        "together.places": np.array([[1], [0]], dtype=np.int32),
        "together.scores": np.array([[0.5], [0.5]], dtype=np.float32),
    }
    keys = {"item_keys": np.array(sorted([key_of(oats), key_of(rice)]))}
    also = {name.replace("together", "also"): one for name, one in near.items()}
    save_arrays(shelf.snapshot, neighbours_name("product"), near | also | keys)
    bought(ann, product("Figs"))
    return oats


@pytest.fixture
def rendered(own, rf, monkeypatch, oats):
    """What each kind of template makes of a source, with tokens that are the same."""
    monkeypatch.setattr("django_clvrec.feedback.list_token", lambda *_, **__: "a token")
    monkeypatch.setattr("django.middleware.csrf._mask_cipher_secret", lambda secret: secret)

    def rendered(kind, source, user):
        request = rf.get("/shop/?page=2")
        request.user, request.session = user or AnonymousUser(), SessionStore()
        request.META["CSRF_COOKIE"] = "c" * 32
        if kind == "django":
            source = "{% load clvrec clvrec_feedback clvrec_shelf %}" + source
        return (
            engines[kind]
            .from_string(source)
            .render({"oats": oats, "title": "<b>"}, request)
            .strip()
        )

    return rendered


@pytest.mark.parametrize(("in_django", "in_jinja"), TAGS)
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "visitor"])
def test_html_is_the_same_as_that_of_djangos_tags(rendered, ann, in_django, in_jinja, is_known):
    who = ann if is_known else None
    expected = rendered("django", in_django, who)
    assert rendered("jinja2", in_jinja, who) == expected
    assert expected or "again" in in_django or "events" in in_django


def test_two_equal_shelves_of_a_page_have_ids_of_their_own(rendered, ann):
    [(_, shelf), *_] = TAGS
    html = rendered("jinja2", shelf + shelf, ann)
    [first, second] = [part.split('"')[0] for part in html.split('<h2 id="')[1:]]
    assert second == f"{first}-2"


def test_a_tier_may_have_a_template_in_jinja2(own, rendered, ann):
    folder = own / "clvrec/recommendations"
    folder.mkdir(parents=True)
    (folder / "high.html").write_text("{% for one in items %}{{ one.object }};{% endfor %}")
    wanted = "Rice &amp; beans;Oats &lt;1&gt;;"
    assert rendered("jinja2", "{{ recommendations('product', n=2) }}", ann) == wanted
    assert rendered("django", "{% recommendations 'product' n=2 %}", ann) == wanted


def test_a_list_has_its_token(own, rf, ann, oats):
    request = rf.get("/")
    request.user, request.session = ann, SessionStore()
    page = engines["jinja2"].from_string("{{ list_token(get_recommendations('product')) }}")
    assert len(page.render({}, request)) > 100


def test_a_customer_may_be_named(rendered, ann):
    html = rendered("jinja2", f"{{{{ customer_tier(customer='{key_of(ann)}') }}}}", None)
    assert html == "high"
