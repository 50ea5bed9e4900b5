"""Who does not want to be known, by a switch or by an objection, is answered as a visitor is."""

import pytest
from django.template import engines
from django.urls import reverse

from django_clvrec.exports import recommendations, scores
from django_clvrec.feedback import list_token, read_token
from django_clvrec.models import CurrentTier, ShownList, TierChange
from django_clvrec.orders import order_placed
from django_clvrec.policy import Policy
from django_clvrec.privacy import erase
from django_clvrec.serving import recommend, segment_of, tier_of, told_by
from tests.shelf import Shelf, bought, key_of, person, product

pytestmark = pytest.mark.django_db

TAGS = """{% load clvrec %}
{% customer_tier as tier %}{% customer_segment as segment %}
tier: {{ tier }}, segment: {{ segment }}, price: {{ 100|price_for:tier }}
{% get_recommendations "product" n=3 as items %}
{% for item in items %}{{ item.key }} {{ item.because|default:"-" }};{% endfor %}{{ items.source }}
{% get_recommendations "product" n=3 intent="again" as again %}{{ again|length }}
{% recommendations "product" n=3 %}
{% recommendations "product" n=3 lazy=True %}
{% related "1" "product" n=3 %}
{% popular_items "product" n=3 as popular %}{{ popular|length }}
{% preview_of %}
"""


class Cautious(Policy):
    """A shop whose visitors may say no, and whose prices depend on the tier."""

    def is_personalised(self, request):
        return request.COOKIES.get("personal") != "no"

    def price_for(self, price, tier):
        return price - 10 if tier == "high" else price


@pytest.fixture(params=["by a switch", "by an objection"])
def shop(request, settings, client):
    """A customer with all that there can be, who does not want it, and a visitor beside."""
    settings.CLVREC = settings.CLVREC | {
        "POLICY": f"{__name__}.Cautious", "EXPLORATION": {}, "MIN_ORDERS": 1,
    }  # fmt: skip
    ann, goods = person("ann"), [product(name) for name in ("Oats", "Rice", "Figs", "Nuts")]
    shelf = Shelf()
    shelf.popular(*goods[:3])
    shelf.score(ann, tier="high", segment="champions")
    shelf.recommended(ann, *reversed(goods))
    shelf.recommended(ann, *goods, intent="again")
    bought(ann, goods[0])
    if request.param == "by an objection":
        erase(key_of(ann), stays_out=True)
        return ann, {}
    return ann, {"personal": "no"}


def asked(rf, user=None, cookies=None):
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.db import SessionStore

    request = rf.get("/")
    request.user, request.session = user or AnonymousUser(), SessionStore()
    request.COOKIES |= cookies or {}
    return request


def without_tokens(html):
    import re

    return re.sub(r'data-clvrec-list="[^"]*"|value="\w{64}"', "", html)


def test_the_shop_of_the_test_does_personalise(shop, rf):
    _, _ = shop
    eva, oats = person("eva"), product("Eggs")
    live = Shelf()
    live.score(eva, tier="high")
    live.recommended(eva, oats)
    page = engines["django"].from_string(TAGS).render({}, asked(rf, eva))
    assert "tier: high" in page
    assert "price: 90" in page


def test_every_tag_shows_what_a_visitor_sees(shop, rf):
    ann, cookies = shop
    template = engines["django"].from_string(TAGS)
    mine = template.render({}, asked(rf, ann, cookies))
    visitors = template.render({}, asked(rf))
    assert without_tokens(mine) == without_tokens(visitors)
    assert "tier: new, segment: , price: 100" in mine


@pytest.mark.parametrize("parameters", [{}, {"intent": "again"}, {"explain": "true"}])
def test_the_api_tells_what_it_tells_a_visitor(shop, client, parameters):
    ann, cookies = shop
    address = reverse("clvrec:my-recommendations")
    wanted = client.get(address, {"level": "product", **parameters}).json()
    client.force_login(ann)
    client.cookies.load(cookies)
    found = client.get(address, {"level": "product", **parameters}).json()
    for answer in (wanted, found):
        answer.pop("list")
    assert found == wanted


def test_interests_do_not_weigh_what_was_bought(shop, client):
    ann, cookies = shop
    address, body = reverse("clvrec:interests"), {"level": "product", "items": ["1"]}
    wanted = client.post(address, body, content_type="application/json").json()
    client.force_login(ann)
    client.cookies.load(cookies)
    found = client.post(address, body, content_type="application/json").json()
    for answer in (wanted, found):
        answer.pop("list")
    assert found == wanted


def test_a_checkout_notes_no_tier(shop):
    ann, cookies = shop
    key = key_of(ann)
    is_personalised = not cookies
    assert order_placed(key, is_personalised=is_personalised) == "new"
    assert not TierChange.objects.filter(customer_key=key).exists()
    assert not CurrentTier.objects.filter(customer_key=key).exists()


def test_feedback_counts_as_that_of_somebody_new_or_not_at_all(shop, rf):
    from django_clvrec.feedback import record, subjects_of

    ann, cookies = shop
    request = asked(rf, ann, cookies)
    key = Cautious().known_customer(request)
    answer = recommend(key, "product", **told_by(request, key))
    token = list_token(request, answer)
    found = record([{"list": token, "kind": "shown"}], subjects_of(request))
    if not cookies:  # an objection is about what is kept too
        assert found.accepted == 0
        return
    assert not read_token(token).is_personalised
    assert ShownList.objects.get().tier == "new"


@pytest.mark.parametrize("shop", ["by an objection"], indirect=True)
def test_who_objects_is_in_no_answer_and_no_export(shop):
    ann, _ = shop
    key = key_of(ann)
    assert (tier_of(key), segment_of(key)) == ("new", "")
    assert recommend(key, "product").items == recommend(None, "product").items
    assert recommend(key, "product").customer_key is None
    for table in (scores(), recommendations(level="product")):
        assert not [row for page in table.pages for row in page if row[0] == key]
