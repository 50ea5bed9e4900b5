"""Shelves now and later: the blocks, the placeholder, and pages that are kept for everybody."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.signing import Signer
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path
from django.utils import translation
from django.views.decorators.cache import cache_page

import django_clvrec
from django_clvrec.exceptions import BadShelfAddress, UnknownLevel
from django_clvrec.policy import Policy
from django_clvrec.shelves import RecommendedShelf, RelatedShelf, address_of, read_address
from django_clvrec.templatetags.clvrec_shelf import image_of, price_text
from example_shop.urls import urlpatterns as shops
from tests.shelf import Shelf, person, product

LATER = "{% load clvrec %}{% recommendations 'product' n=3 title='For you' lazy=True %}"


def render(source, request=None, **context):
    return engines["django"].from_string("{% load clvrec %}" + source).render(context, request)


@pytest.fixture
def plain(settings):
    """The app's own templates, and no context processor that looks into the session."""
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [Path(django_clvrec.__file__).parent / "templates"],
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ]


class Untouched:
    """A request of a visitor about whom nothing may be asked."""

    def __get__(self, request, owner):
        raise AssertionError("The visitor was looked at.")


@pytest.fixture
def blind(rf):
    request = rf.get("/")
    hidden = {"session": Untouched(), "user": Untouched(), "COOKIES": Untouched()}
    request.__class__ = type("Blind", (type(request),), hidden)
    return request


# now


def test_a_shelf_is_named_by_its_heading(db, plain):
    Shelf().popular(product())
    html = render("{% recommendations 'product' title='For you' %}")
    name = re.search(r'<section[^>]+aria-labelledby="([^"]+)"', html)[1]
    assert f'<h2 id="{name}">For you</h2>' in html
    assert f'role="group" tabindex="0" aria-labelledby="{name}"' in html


def test_the_same_shelf_twice_has_two_names(db, plain, rf):
    Shelf().popular(product())
    tag = "{% recommendations 'product' title='For you' %}"
    request = rf.get("/")
    names = re.findall(r'<h2 id="([^"]+)"', render(tag * 3, request))
    assert len({*names}) == len(names) == 3


def test_price_and_picture_are_shown_where_there_are_any(db, plain):
    Shelf().popular(product("Oats"))
    html = render("{% recommendations 'product' %}")
    assert '<p class="clvrec-price">2.00</p>' in html
    assert '<span class="clvrec-image" aria-hidden="true">O</span>' in html


def test_a_picture_has_its_size_before_it_is_loaded(db, plain, monkeypatch):
    monkeypatch.setattr(Policy, "image_of", lambda *_: '/a.png?"x')
    Shelf().popular(product())
    html = render("{% recommendations 'product' %}")
    assert 'src="/a.png?&quot;x" alt="" width="400" height="300" loading="lazy"' in html


@pytest.mark.parametrize(
    ("image", "address"),
    [(None, None), ("", None), ("/a.png", "/a.png"), (SimpleNamespace(url="/b.png"), "/b.png")],
)
def test_a_picture_is_a_file_or_an_address(image, address):
    assert Policy().image_of(SimpleNamespace(image=image)) == address


def test_what_has_no_price_and_no_picture_is_shown_without():
    assert (price_text(object(), "new"), image_of(object())) == ("", "")


def test_prices_are_written_in_the_visitors_language():
    with translation.override("de"):
        assert price_text(SimpleNamespace(price=Decimal("1234.50")), "new") == "1.234,50"


# later


def test_a_lazy_shelf_asks_nothing_of_the_visitor(db, plain, blind, django_assert_num_queries):
    oats = product()
    tags = LATER + "{% related one 'product' lazy=True %}{% load clvrec_shelf %}{% shelf_scripts %}"
    with django_assert_num_queries(0):
        html = render(tags, blind, one=oats)
    assert html.count('aria-busy="true"') == 2


def test_a_placeholder_holds_the_room_of_as_many_tiles(plain):
    html = render(LATER)
    assert html.count("clvrec-skeleton") == 3
    assert html.count('<div class="clvrec-row" aria-hidden="true">') == 1
    assert ">For you</h2>" in html


def test_htmx_and_the_script_fetch_the_same(plain):
    html = render(LATER)
    [own], [htmx] = (re.findall(rf'{name}="([^"]+)"', html) for name in ("clvrec-shelf", "hx-get"))
    assert own == htmx
    assert 'hx-swap="outerHTML"' in html


@pytest.mark.parametrize(
    ("tag", "error"),
    [
        ("{% recommendations 'nothing' lazy=True %}", UnknownLevel),
        ("{% recommendations n=0 lazy=True %}", ValueError),
        ("{% recommendations intent='x' lazy=True %}", ValueError),
        ("{% related 1 relation='x' lazy=True %}", ValueError),
        ("{% recommendations customer='7' lazy=True %}", ValueError),
    ],
)
def test_what_cannot_be_shown_is_told_where_it_is_written(tag, error):
    with pytest.raises(error):
        render(tag)


def test_what_is_too_long_for_an_address_is_rendered_at_once(db):
    shelf = RelatedShelf(items=tuple(f"{number**9}" for number in range(400)))
    assert address_of(shelf) is None
    Shelf()
    assert render("{% related items lazy=True %}", items=shelf.items).strip() == ""


# addresses


SHELVES = [
    RecommendedShelf(level="product", n=7, intent="again", title="Für dich", nth=2, language="de"),
    RelatedShelf(items=("1", "a/b"), level="category", relation="also"),
]


def signed(shelf):
    return address_of(shelf).rsplit("/", 2)[1]


@pytest.mark.parametrize("shelf", SHELVES)
def test_an_address_tells_all_of_a_shelf_and_is_always_the_same(shelf):
    assert read_address(signed(shelf)) == shelf
    assert address_of(shelf) == address_of(shelf)


def test_an_address_lasts_over_a_change_of_the_key(settings):
    old = signed(SHELVES[0])
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert read_address(old) == SHELVES[0]


def test_no_address_has_a_part_that_begins_with_a_dot():
    """Many servers are told to refuse those, for .git and .htaccess."""
    title = "New to your basket, and not bought in the last weeks" * 4
    shelves = [*SHELVES, RecommendedShelf(level="product", title=title)]
    assert not [one for one in map(address_of, shelves) if "/." in one]


@pytest.mark.parametrize("tag", ["title='Fish &amp; chips'", "title=told"])
def test_a_title_is_as_safe_later_as_it_is_now(db, plain, rf, tag):
    Shelf().popular(product())
    told = "<b>Fish</b>"
    now = render(f"{{% recommendations 'product' {tag} %}}", told=told)
    later = render(f"{{% recommendations 'product' {tag} lazy=True %}}", told=told)
    address = re.search(r'data-clvrec-shelf="([^"]+)"', later)[1]
    fetched = Client().get(address).text
    headings = {re.search(r"<h2.+</h2>", html)[0] for html in (now, later, fetched)}
    assert len(headings) == 1
    assert "<b>" not in headings.pop()


@pytest.mark.parametrize("text", ["", "x", "a:b", ":" * 9, "Für:dich"])
def test_what_was_not_signed_here_is_refused(text):
    with pytest.raises(BadShelfAddress):
        read_address(text)


@pytest.mark.parametrize(
    "told",
    [
        ["no", {}, False], ["for", {"level": "gone"}, False], ["for", {"old": 1}, False],
        ["for", None, False], ["for", {}], "x",
    ],
)  # fmt: skip
def test_what_an_older_release_signed_is_refused(told):
    with pytest.raises(BadShelfAddress):
        read_address(Signer(salt="django_clvrec.shelves").sign_object(told))


# pages that are kept


@cache_page(60)
def kept(request):
    return HttpResponse(engines["django"].from_string(LATER).render({}, request))


@cache_page(60)
def barred(request):
    tag = "{% load clvrec %}{% preview_of as customer %}{{ customer }}"
    return HttpResponse(engines["django"].from_string(tag).render({}, request))


urlpatterns = [path("kept/", kept), path("barred/", barred), *shops]


def test_a_page_is_kept_for_everybody_and_each_sees_their_own(db, plain, settings):
    settings.ROOT_URLCONF = __name__
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.OnlyListed"}
    cache.clear()
    shelf, pages, fragments = Shelf(), [], []
    for name in ("ann", "bob"):
        one = person(name)
        shelf.recommended(one, product(f"Oats for {name}"))
        client = Client()
        client.force_login(one)
        pages.append(client.get("/kept/"))
        address = re.search(r'data-clvrec-shelf="([^"]+)"', pages[-1].content.decode())[1]
        fragments.append(client.get(address).content.decode())
    assert pages[0].content == pages[1].content
    cache.clear()
    assert pages[0].headers["Expires"] == pages[1].headers["Expires"]  # it was kept
    assert "Cookie" not in pages[0].headers.get("Vary", "")
    assert "Oats for ann" in fragments[0]
    assert "Oats for ann" not in fragments[1]
    assert "Oats for bob" in fragments[1]


def test_a_page_that_staff_see_as_a_customer_is_not_kept_for_others(db, plain, settings, client):
    settings.ROOT_URLCONF = __name__
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))
    row = Shelf().score("4711")
    client.post(f"/admin/clvrec/customerscore/{row.pk}/preview/")
    cache.clear()
    assert client.get("/barred/").text == "4711"
    assert Client().get("/barred/").text == ""
    assert client.get("/barred/").text == ""  # which is for everybody
    cache.clear()
