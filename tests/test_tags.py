"""Template tags: which template is chosen, for whom, and what it shows."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines

import django_clvrec
from tests.shelf import Shelf, bought, key_of, person, product

DEFAULT = Path(django_clvrec.__file__).parent / "templates"
HIGH = "clvrec/recommendations/high.html"


@pytest.fixture
def templates(settings):
    """The app's own templates, and whatever a test puts into this dict beside them."""
    found = {}
    locmem = ("django.template.loaders.locmem.Loader", found)
    files = ("django.template.loaders.filesystem.Loader", [DEFAULT])
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [locmem, files],
                "context_processors": ["django.template.context_processors.request"],
            },
        }
    ]
    return found


@pytest.fixture
def shelf(db, templates):
    return Shelf()


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def render(rf):
    def render(source, user=None, **context):
        request = rf.get("/")
        request.user = user or AnonymousUser()
        template = engines["django"].from_string("{% load clvrec %}" + source)
        return template.render(context, request).strip()

    return render


# the shelf


def test_the_default_template_links_the_items_in_order(shelf, ann, render):
    oats, rice = product("Oats"), product("Rice")
    shelf.recommended(ann, rice, oats)
    html = render("{% recommendations 'product' %}", ann)
    assert html.startswith('<section class="clvrec-shelf" data-clvrec-list=')
    assert f'<a href="{rice.get_absolute_url()}">Rice</a>' in html
    assert html.index("Rice") < html.index("Oats")


def test_the_template_of_the_customers_tier_is_chosen_over_the_default(
    shelf, ann, render, templates
):
    templates[HIGH] = "{{ title }}, {{ level }}, {{ intent }}: {{ items|length }}"
    shelf.score(ann, tier="high")
    shelf.recommended(ann, product(), product(), intent="again")
    tag = "{% recommendations 'product' intent='again' title='For you' %}"
    assert render(tag, ann) == "For you, product, again: 2"


def test_other_tiers_keep_the_default(shelf, ann, render, templates):
    templates[HIGH] = "for the best"
    shelf.score(ann, tier="mid")
    shelf.recommended(ann, product("Oats"))
    assert "Oats" in render("{% recommendations 'product' %}", ann)


def test_the_template_may_use_rank_key_object_and_the_answer(shelf, ann, render, templates):
    templates[HIGH] = (
        "{{ answer.source }}"
        "{% for item in items %} {{ item.rank }}.{{ item.key }}.{{ item.object }}{% endfor %}"
    )
    oats = product("Oats")
    shelf.score(ann, tier="high")
    shelf.recommended(ann, oats)
    assert render("{% recommendations 'product' %}", ann) == f"stored 1.{oats.pk}.Oats"


def test_nothing_is_rendered_where_there_is_nothing_to_show(shelf, ann, render):
    assert render("{% recommendations 'product' title='For you' %}", ann) == ""


def test_nothing_is_rendered_before_the_first_refresh(db, templates, ann, render):
    assert render("{% recommendations title='For you' %}", ann) == ""


def test_a_title_is_shown_only_where_there_is_one(shelf, ann, render):
    shelf.recommended(ann, product())
    assert ">For you</h2>" in render("{% recommendations 'product' title='For you' %}", ann)
    assert "<h2" not in render("{% recommendations 'product' %}", ann)


def test_level_and_n_may_stand_in_order(shelf, ann, render):
    shelf.recommended(ann, product("Oats"), product("Rice"))
    html = render("{% recommendations 'product' 1 %}", ann)
    assert "Oats" in html
    assert "Rice" not in html


def test_an_anonymous_visitor_sees_what_is_popular(shelf, render):
    shelf.popular(product("Oats"))
    assert "Oats" in render("{% recommendations 'product' %}")


def test_a_customer_does_not_discover_what_was_bought(shelf, ann, render):
    oats, rice = product("Oats"), product("Rice")
    bought(ann, oats)
    shelf.popular(oats, rice)
    html = render("{% recommendations 'product' %}", ann)
    assert "Rice" in html
    assert "Oats" not in html


def test_the_customer_argument_asks_for_someone_else(shelf, ann, render):
    shelf.recommended(ann, product("Oats"))
    assert "Oats" in render("{% recommendations 'product' customer=key %}", key=str(ann.pk))


def test_a_tag_renders_without_a_request(shelf):
    shelf.popular(product("Oats"))
    tag = "{% load clvrec %}{% recommendations 'product' %}"
    assert "Oats" in engines["django"].from_string(tag).render()


def test_the_visitor_is_known_without_the_request_context_processor(shelf, ann, render, settings):
    [backend] = settings.TEMPLATES
    options = backend["OPTIONS"] | {"context_processors": []}
    settings.TEMPLATES = [backend | {"OPTIONS": options}]
    shelf.recommended(ann, product("Oats"))
    assert "Oats" in render("{% recommendations 'product' %}", ann)


# hostile names


HOSTILE = "<script>alert('1')</script>"


def test_names_of_items_are_escaped(shelf, ann, render):
    shelf.recommended(ann, product(HOSTILE))
    html = render("{% recommendations 'product' %}", ann)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_titles_are_escaped(shelf, ann, render):
    shelf.recommended(ann, product())
    html = render("{% recommendations 'product' title=title %}", ann, title=HOSTILE)
    assert "<script>" not in html


def test_items_of_raw_lists_are_escaped(shelf, ann, render):
    shelf.recommended(ann, product(HOSTILE))
    tag = "{% get_recommendations 'product' as found %}"
    html = render(tag + "{% for item in found %}{{ item.object }}{% endfor %}", ann)
    assert "<script>" not in html


# raw lists


LIST = "{% for item in found %}{{ item.rank }}. {{ item.object }} {% endfor %}"


def test_get_recommendations_gives_a_list_to_loop_over(shelf, ann, render):
    shelf.recommended(ann, product("Rice"), product("Oats"))
    tag = "{% get_recommendations 'product' n=2 as found %}"
    assert render(tag + LIST, ann) == "1. Rice 2. Oats"


def test_n_may_be_a_string(shelf, ann, render):
    shelf.recommended(ann, product("Rice"), product("Oats"))
    assert render("{% get_recommendations 'product' n='1' as found %}" + LIST, ann) == "1. Rice"


@pytest.mark.parametrize("n", ["x", None, 0])
def test_n_that_is_no_number_from_1_is_told(shelf, ann, render, n):
    with pytest.raises(ValueError, match="n must be"):
        render("{% get_recommendations 'product' n=n as found %}", ann, n=n)


def test_get_recommendations_is_false_where_it_is_empty(shelf, ann, render):
    tag = "{% get_recommendations 'product' intent='again' as found %}"
    assert render(tag + "{% if not found %}{{ found.reason }}{% endif %}", ann).startswith(
        "There is no list to buy again"
    )


def test_get_recommendations_takes_a_customer(shelf, ann, render):
    shelf.recommended(ann, product("Oats"))
    tag = "{% get_recommendations 'product' customer=key as found %}"
    assert render(tag + LIST, key=key_of(ann)) == "1. Oats"


def test_popular_items_are_the_same_for_everyone(shelf, ann, render):
    oats = product("Oats")
    bought(ann, oats)
    shelf.score(ann, tier="high")
    shelf.recommended(ann, product("Rice"))
    shelf.popular(oats)
    assert render("{% popular_items 'product' n=1 as found %}" + LIST, ann) == "1. Oats"


# the tier


def test_customer_tier_is_the_visitors_tier(shelf, ann, render):
    shelf.score(ann, tier="high")
    assert render("{% customer_tier as tier %}{{ tier }}", ann) == "high"


@pytest.mark.django_db
def test_visitors_and_unknown_customers_are_new(templates, render, ann):
    assert render("{% customer_tier %}") == render("{% customer_tier %}", ann) == "new"


def test_customer_tier_takes_a_customer(shelf, ann, render):
    shelf.score(ann, tier="low")
    assert render("{% customer_tier customer=key %}", key=key_of(ann)) == "low"


def test_the_shelf_never_tells_the_tier_or_the_score(shelf, ann, render):
    shelf.score(ann, tier="high", overall_score=9, spent="777")
    shelf.recommended(ann, product())
    html = render("{% recommendations 'product' title='For you' %}", ann)
    assert not [word for word in ("high", "777", "0.9", "stored") if word in html]


@pytest.mark.parametrize("n", [1, 20])
def test_a_shelf_takes_two_queries_whatever_its_length(
    shelf, ann, render, n, django_assert_num_queries
):
    shelf.recommended(ann, *(product(f"p{number}") for number in range(20)))
    render("{% recommendations 'product' 1 %}", ann)  # the process meets the snapshot
    with django_assert_num_queries(2):  # list with the tier, objects
        render(f"{{% recommendations 'product' {n} %}}", ann)
