"""`path("clvrec/", include("django_clvrec.api.urls"))`.

What clients of the shop's own call stands under `v1/`: where an answer has to change so that they
would break, it will be under `v2/` beside it. A shelf's address is made and read by the same
release, for a page; it has no version.
"""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from django_clvrec.api import events, health, metrics, privacy, shelf, views
from django_clvrec.api.base import Nothing


class AnyKey(StringConverter):
    """A customer's key: any text, also with slashes and line breaks."""

    regex = "(?s:.+)"  # a dot is also a line break


register_converter(AnyKey, "clvrec_key")

app_name = "clvrec"

v1 = [
    path("me/recommendations/", views.MyRecommendations.as_view(), name="my-recommendations"),
    path("popular/", views.PopularItemsView.as_view(), name="popular"),
    path("interests/", views.Interests.as_view(), name="interests"),
    path("related/", views.RelatedItems.as_view(), name="related"),
    path("events/", events.Events.as_view(), name="events"),
    path("customers/", views.Customers.as_view(), name="customers"),
    path(
        "customers/<clvrec_key:key>/recommendations/",
        views.CustomerRecommendations.as_view(),
        name="customer-recommendations",
    ),
    path("customers/<clvrec_key:key>/held/", privacy.Held.as_view(), name="customer-held"),
    path("customers/<clvrec_key:key>/", privacy.ErasableCustomer.as_view(), name="customer"),
    path("segments/", views.Segments.as_view(), name="segments"),
    path("leaderboard/", views.Leaderboard.as_view(), name="leaderboard"),
    path("snapshots/", views.Snapshots.as_view(), name="snapshots"),
    # a client of the API gets JSON also where there is nothing; where only the last slash is
    # missing, Django's redirect goes before
    path("", Nothing.as_view()),
    path("<clvrec_key:rest>/", Nothing.as_view(), name="nothing"),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("shelf/<str:signed>/", shelf.Shelf.as_view(), name="shelf"),
    path("health/live/", health.live, name="health-live"),
    path("health/ready/", health.ready, name="health-ready"),
    path("health/fresh/", health.fresh, name="health-fresh"),
    path("metrics/", metrics.scrape, name="metrics"),
]
