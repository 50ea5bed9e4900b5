"""What is kept for everybody, fragments and whole pages, holds nothing of one visitor."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.http import HttpResponse
from django.template import engines
from django.templatetags.cache import CacheNode
from django.views.decorators.cache import cache_page
from rest_framework.request import Request

from django_clvrec import serving
from django_clvrec.exceptions import InSharedFragment
from django_clvrec.outages import VISITORS
from tests.shelf import Shelf, person, product

LOAD = "{% load cache clvrec clvrec_feedback clvrec_shelf %}"
OF_ONE = (
    "{% recommendations 'product' n=1 title='For you' %}",
    "{% get_recommendations 'product' n=1 as found %}{{ found }}",
    "{% customer_tier %}",
    "{% customer_segment %}",
)
OF_ALL = (
    "{% recommendations 'product' title='For you' lazy=True %}",
    "{% popular_items 'product' as items %}{% for one in items %}{{ one.object }}{% endfor %}",
    "{% related '1' 'product' title='Goes with this' %}",
    "{% shelf_styles %}{% shelf_scripts %}",
)


@pytest.fixture
def people(db):
    """Two who are shown different things."""
    shelf = Shelf()
    ann, bob = person("ann"), person("bob")
    shelf.recommended(ann, product("Oats"))
    shelf.recommended(bob, product("Rice"))
    shelf.popular(product("Figs"))
    return ann, bob


@pytest.fixture
def ask(rf):
    def ask(user=None):
        request = rf.get("/")
        request.user, request.session = user or AnonymousUser(), SessionStore()
        return request

    return ask


@pytest.fixture
def rendered(ask):
    def rendered(source, user=None, **context):
        return engines["django"].from_string(LOAD + source).render(context, ask(user))

    return rendered


@pytest.mark.parametrize("tag", OF_ONE)
def test_what_is_for_one_visitor_is_refused_in_a_fragment_for_all(people, rendered, tag):
    with pytest.raises(InSharedFragment, match="lazy=True"):
        rendered("{% cache 300 home %}" + tag + "{% endcache %}", people[0])


@pytest.mark.parametrize("tag", OF_ALL)
def test_what_is_for_everybody_may_stand_there(people, rendered, tag):
    source = "{% cache 300 home %}" + tag + "{% endcache %}"
    ann, bob = people
    assert rendered(source, ann) == rendered(source, bob) == rendered(source)


def test_the_error_names_the_tag_and_what_to_do(people, rendered):
    with pytest.raises(InSharedFragment) as found:
        rendered("{% cache 300 home %}{% customer_tier %}{% endcache %}")
    assert str(found.value).startswith("{% customer_tier %}: A tag that is for one visitor")
    assert "{% shelf_key as mine %}" in str(found.value)


def test_a_fragment_is_seen_through_includes(people, ask):
    inner = engines["django"].from_string(LOAD + OF_ONE[0])
    outer = "{% cache 300 home %}{% include inner %}{% endcache %}"
    with pytest.raises(InSharedFragment):
        engines["django"].from_string(LOAD + outer).render({"inner": inner.template}, ask())


def test_what_extends_the_tag_is_seen_too(people, ask):
    """As Wagtail's fragments do."""

    class PageCache(CacheNode):
        def render(self, context):
            return super().render(context)

    template = engines["django"].from_string(
        LOAD + "{% cache 300 home %}" + OF_ONE[0] + "{% endcache %}"
    )
    for node in template.template.nodelist:
        if isinstance(node, CacheNode):
            node.__class__ = PageCache
    with pytest.raises(InSharedFragment):
        template.render({}, ask())


def test_a_fragment_for_each_visitor_shows_everybody_their_own(people, rendered):
    source = "{% shelf_key as mine %}{% cache 300 home mine %}" + OF_ONE[0] + "{% endcache %}"
    ann, bob = people
    first = [rendered(source, who) for who in (ann, bob, None)]
    assert ["Oats" in first[0], "Rice" in first[1], "Figs" in first[2]] == [True] * 3
    assert "Oats" not in first[1] + first[2]
    assert [rendered(source, who) for who in (ann, bob, None)] == first


def test_the_key_of_a_shelf_tells_nobody_who_it_is(people, rendered):
    ann, bob = people
    keys = [rendered("{% shelf_key %}", who).strip() for who in (ann, ann, bob, None)]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 32
    assert keys[3] == ""


def test_a_list_in_a_fragment_for_all_has_nobodys_token(people, rendered):
    source = "{% popular_items 'product' as found %}{% list_token found %}"
    assert rendered(source, people[0]).strip() != ""
    assert rendered("{% cache 300 home %}" + source + "{% endcache %}", people[0]).strip() == ""


# whole pages


@pytest.fixture
def page(ask):
    """What a view gives that is kept for an hour, as Django keeps it."""

    def page(source, user=None):
        @cache_page(3600)
        def view(request):
            return HttpResponse(engines["django"].from_string(LOAD + source).render({}, request))

        return view(ask(user)).content.decode()

    cache.clear()
    yield page
    cache.clear()


@pytest.mark.parametrize("tag", [OF_ONE[0], "{% get_recommendations 'product' n=1 as all %}"
                                 "{% for one in all %}{{ one.object }}{% endfor %}"])  # fmt: skip
def test_a_page_that_is_kept_shows_nobody_the_list_of_another(people, page, tag):
    ann, bob = people
    assert "Oats" in page(tag, ann)
    assert "Rice" in page(tag, bob)
    assert "Figs" in page(tag)


def test_a_page_by_tier_is_not_kept_for_others(people, page):
    ann, _ = people
    Shelf().score(ann, tier="high")
    assert page("{% customer_tier %}", ann).strip() == "high"
    assert page("{% customer_tier %}").strip() == "new"


def test_a_page_with_lazy_shelves_is_kept(people, page, django_assert_num_queries):
    first = page(OF_ALL[0], people[0])
    with django_assert_num_queries(0):
        assert page("another", people[1]) == first


@pytest.mark.parametrize(
    "asked",
    [
        lambda request, key: serving.recommend_for(request, "product", customer=key),
        serving.tier_for,
        serving.segment_for,
    ],
    ids=["list", "tier", "segment"],
)
def test_a_page_that_names_its_customer_is_kept_for_nobody_else(people, ask, asked):
    request = ask()
    asked(request, str(people[0].pk))
    assert request._cache_update_cache is False


def test_a_view_of_rest_that_asks_for_a_customer_is_kept_for_nobody_else(people, ask):
    request = ask(people[0])
    sent = Request(request)
    sent.user = people[0]
    serving.recommend_for(sent, "product")
    assert request._cache_update_cache is False


@pytest.mark.django_db(transaction=True)  # within a transaction an error is for the caller
def test_while_nobody_can_tell_who_asks_a_fragment_is_kept_for_nobody(people, rendered):
    """Who asks may be known again a moment later, while the fragment is made."""
    VISITORS.failed()
    try:
        first, second = (rendered("{% shelf_key as mine %}{{ mine }}", people[0]) for _ in "12")
    finally:
        VISITORS.succeeded()
    assert first
    assert first != second
