"""Laws: whatever text a parameter has, an endpoint answers, and never with an error of its own.

With CLVREC_TEST_DATABASE_URL they are asked of another database: docs/how-to/api.md.
"""

import json
import string

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_clvrec.api import serializers
from django_clvrec.groups import ConditionsForm
from tests.shelf import REPORT, Shelf, person, product

QUERIES = {
    "my-recommendations": serializers.RecommendationsQuery,
    "popular": serializers.PopularQuery,
    "related": serializers.RelatedQuery,
    "customers": serializers.CustomersQuery,
    "segments": serializers.SourceQuery,
    "leaderboard": serializers.LeaderboardQuery,
    "snapshots": serializers.SnapshotsQuery,
}
OF_CUSTOMER = {
    "customer": serializers.SourceQuery,
    "customer-recommendations": serializers.StaffRecommendationsQuery,
}
AWKWARD = (
    "\0", "\ud800", "9" * 400, "-1", "1e999", "nan", "٣", "%", "' OR 1=1 --", "\u202e", "\n", ",,",
    "x" * 300, "2147483648", "9223372036854775808", "1.5", "true", "product", "high", "-clv", "7",
)  # fmt: skip
# what a browser can send: surrogates travel as other bytes
texts = st.sampled_from(AWKWARD) | st.text(max_size=300) | st.text(string.printable, max_size=20)
numbers = (st.integers() | st.floats()).map(str)
values = texts | numbers
ANSWERED = {200, 400, 404}


def parameters(query):
    names = [name for name, field in query().fields.items() if field is not None]
    return st.dictionaries(st.sampled_from([*names, "unknown"]), values, max_size=4)


EXPLORER = [
    *ConditionsForm.base_fields, "source", "order", "after", "before", "figures", "a", "b", "p",
]  # fmt: skip
conditions = st.dictionaries(st.sampled_from(EXPLORER), values, max_size=4)
bodies = st.recursive(
    values | st.none() | st.booleans() | st.floats(),
    lambda more: st.lists(more, max_size=3) | st.dictionaries(values, more, max_size=3),
    max_leaves=8,
)
few = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def shop(db, client):
    shelf = Shelf(report=REPORT)
    shelf.score("7", tier="high", segment="lost", clv=1.0)
    shelf.popular(product("Oats"))
    may = ["view_customerscore", "view_snapshot", "export_customerscore"]
    client.force_login(person("boss", may, is_staff=True))
    return client


@pytest.fixture
def answered(shop):
    def answered(address, asked=()):
        sent = {name: value.encode(errors="replace") for name, value in dict(asked).items()}
        found = shop.get(address, sent)
        if found.streaming:
            b"".join(found.streaming_content)
        assert found.status_code in ANSWERED, (address, asked, found.status_code)

    return answered


@few
@given(st.data())
def test_a_list_is_answered(answered, data):
    name = data.draw(st.sampled_from(sorted(QUERIES)))
    answered(reverse(f"clvrec:{name}"), data.draw(parameters(QUERIES[name])))


@few
@given(st.data(), values.filter(bool))
def test_any_text_is_a_key(answered, data, key):
    name = data.draw(st.sampled_from(sorted(OF_CUSTOMER)))
    text = key.encode(errors="replace").decode()
    answered(reverse(f"clvrec:{name}", args=[text]), data.draw(parameters(OF_CUSTOMER[name])))


@few
@given(conditions)
@example({"tier": "\0", "q": "\0", "order": "\0", "after": "9" * 18})
@example({"value_from": "1e999", "clv_from": "nan", "score_to": "9" * 400})
def test_the_page_of_customers_is_answered(answered, asked):
    answered(reverse("admin:clvrec_customerscore_changelist"), asked)


@few
@given(st.sampled_from(["count", "compare", "export"]), conditions)
def test_what_hangs_under_it_is_answered(answered, name, asked):
    answered(reverse(f"admin:clvrec_customerscore_{name}"), asked)


@few
@given(st.sampled_from(["before", "after", "x"]), values)
def test_two_snapshots_are_compared_or_not(answered, name, value):
    answered(reverse("admin:clvrec_snapshot_compare"), {name: value})


@few
@given(texts.map(lambda text: text.replace("/", "").encode(errors="replace").decode()))
def test_an_address_of_a_shelf_is_one_or_not(answered, signed):
    if signed.strip(". "):
        answered(reverse("clvrec:shelf", args=[signed]))


@few
@given(bodies)
@example("\ud800")
def test_any_json_is_a_body_or_not(shop, body):
    # Django's client makes JSON of lists and dicts only, and fails of a text that is no UTF-8
    sent = json.dumps(body)
    for name in ("interests", "events"):
        found = shop.post(reverse(f"clvrec:{name}"), sent, content_type="application/json")
        assert found.status_code in ANSWERED


@pytest.mark.django_db
@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_an_awkward_text_is_an_interest_or_a_bad_request(client, text):
    for body in ({"items": [text]}, {"items": ["1"], "exclude": [text], "level": text}):
        found = client.post(reverse("clvrec:interests"), body, "application/json")
        assert found.status_code in {200, 400}
