"""The API, and a page of tags and nothing else."""

from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

PAGE = """{% load clvrec clvrec_feedback clvrec_shelf %}<p>whole</p>
{% customer_tier as tier %}{% customer_segment as segment %}{% preview_of as previewed %}
{% recommendations "product" n=4 title="For you" %}
{% recommendations "product" n=4 intent="again" %}
{% recommendations "product" n=4 lazy=True %}
{% related "1" "product" n=4 title="With it" %}
{% get_recommendations "product" n=4 as mine %}{% get_related "1" "product" as with %}
{% popular_items "product" n=4 as popular %}{{ popular|length }}
{% recommendation_events %}{% shelf_scripts %}"""


def tags(request):
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


urlpatterns = [
    path("clvrec/", include("django_clvrec.api.urls")),
    path("tags/", tags, name="tags"),
    path("shop/", include("example_shop.shop.urls")),
]
