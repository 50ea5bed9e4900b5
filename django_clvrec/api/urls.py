"""`path("clvrec/", include("django_clvrec.api.urls"))`."""

from django.urls import path

from django_clvrec.api import events, privacy, shelf, views

app_name = "clvrec"

urlpatterns = [
    path("me/recommendations/", views.MyRecommendations.as_view(), name="my-recommendations"),
    path("popular/", views.PopularItemsView.as_view(), name="popular"),
    path("interests/", views.Interests.as_view(), name="interests"),
    path("related/", views.RelatedItems.as_view(), name="related"),
    path("shelf/<str:signed>/", shelf.Shelf.as_view(), name="shelf"),
    path("events/", events.Events.as_view(), name="events"),
    path("customers/", views.Customers.as_view(), name="customers"),
    path(
        "customers/<path:key>/recommendations/",
        views.CustomerRecommendations.as_view(),
        name="customer-recommendations",
    ),
    path("customers/<path:key>/held/", privacy.Held.as_view(), name="customer-held"),
    path("customers/<path:key>/", privacy.ErasableCustomer.as_view(), name="customer"),
    path("segments/", views.Segments.as_view(), name="segments"),
    path("leaderboard/", views.Leaderboard.as_view(), name="leaderboard"),
    path("snapshots/", views.Snapshots.as_view(), name="snapshots"),
]
