"""The example shop, and a bare view that answers the same of a customer's stored list."""

import os

from django.urls import include, path

from benchmarks.reference.serving import BareRecommendations

SNAPSHOT = int(os.environ.get("CLVREC_BENCHMARK_SNAPSHOT", "0"))

urlpatterns = [
    path("bare/", BareRecommendations.as_view(snapshot_id=SNAPSHOT)),
    path("", include("example_shop.urls")),
]
