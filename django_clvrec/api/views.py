"""Endpoints. Each reads the live snapshot; none trains."""

from functools import cache
from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from django_clvrec.api.answering import for_visitors
from django_clvrec.api.base import Endpoint
from django_clvrec.api.pages import Pages, SnapshotPages
from django_clvrec.api.permissions import (
    MayInspect,
    MayInspectCustomer,
    asked_source,
    may_inspect_customer,
    refuse_unknown,
)
from django_clvrec.api.serializers import (
    ORDERINGS,
    CustomerSerializer,
    CustomersQuery,
    InterestsQuery,
    LeaderboardQuery,
    PopularQuery,
    RecommendationsQuery,
    RelatedQuery,
    SnapshotSerializer,
    SnapshotsQuery,
    SourceQuery,
    StaffRecommendationsQuery,
    item_for_staff,
    known_level,
)
from django_clvrec.api.standby import VisitorView
from django_clvrec.api.throttles import INTERESTS, LISTS, RELATED
from django_clvrec.conf import load_class
from django_clvrec.models import CustomerScore, Snapshot
from django_clvrec.pseudonyms import stored_key
from django_clvrec.serving import (
    Answer,
    nothing_standby,
    popular_standby,
    recommend,
    related,
    source_of,
    told_by,
)


def asked(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's parameters, validated. Raises ValidationError, which is a 400."""
    return dict(_shared(query).run_validation(request.query_params.dict()))


def asked_here(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The same of a visitor, with the source that the policy has for the request."""
    return answered_here(asked(query, request), request)


def answered_here(query: dict[str, Any], request: Request) -> dict[str, Any]:
    source = source_of(request)
    return known_level(query, source) | {"source": source}


@cache
def _shared(query: type[Serializer[Any]]) -> Serializer[Any]:
    """One for all requests, as a nested serializer is: fields are costlier to copy than to run."""
    return query()


class MyRecommendations(VisitorView):
    """Recommendations for the customer who asks; popular items for everyone else."""

    throttle_scope = LISTS

    def get(self, request: Request) -> Response:
        query = asked_here(RecommendationsQuery, request)

        def mine() -> Answer:
            key = load_class("POLICY")().known_customer(request)
            return recommend(key, **query, **told_by(request, key), with_objects=True)

        return self.answered(request, mine, lambda: popular_standby(**query))


class PopularItemsView(VisitorView):
    """What is popular with everyone."""

    throttle_scope = LISTS

    def get(self, request: Request) -> Response:
        query = asked_here(PopularQuery, request)

        def popular() -> Answer:
            return recommend(None, **query, with_objects=True, explore=False)

        return self.answered(request, popular, lambda: popular_standby(**query))


class Interests(VisitorView):
    """What follows from items chosen just now, and from what the customer bought."""

    throttle_scope = INTERESTS

    def post(self, request: Request) -> Response:
        query = InterestsQuery(data=request.data)
        query.is_valid(raise_exception=True)
        asked_for = answered_here(dict(query.validated_data), request)
        customer, interests = asked_for.pop("customer", None), asked_for.pop("items")

        def following() -> Answer:
            key = load_class("POLICY")().known_customer(request)
            wanted = key if customer is None else customer
            if wanted is not None and wanted != key and not may_inspect_customer(request, wanted):
                refuse_unknown(request, self)
            told = told_by(request, wanted)
            return recommend(wanted, **asked_for, **told, interests=interests, with_objects=True)

        return self.answered(
            request, following, lambda: popular_standby(**asked_for, interests=interests)
        )


class RelatedItems(VisitorView):
    """What goes with an item on its page, or with all of a basket."""

    throttle_scope = RELATED

    def get(self, request: Request) -> Response:
        query = asked_here(RelatedQuery, request)
        return self.answered(
            request,
            lambda: related(**query, with_objects=True),
            lambda: nothing_standby(**query),
        )


FILTERS = {
    "tier": "tier",
    "segment": "segment__in",
    "overall_score": "overall_score",
    "search": "customer_key__contains",
    "clv_from": "clv__gte",
    "clv_to": "clv__lte",
    "after": "customer_key__gt",
}
"""Parameters of `customers/` as lookups."""


class Customers(Endpoint, generics.ListAPIView[CustomerScore]):
    """Customers of the live snapshot, by tier, segment, score, forecast or part of the key."""

    permission_classes = (MayInspect,)
    serializer_class = CustomerSerializer
    pagination_class = Pages
    filter_backends = ()

    def get_queryset(self) -> QuerySet[CustomerScore]:
        query = asked(CustomersQuery, self.request)
        # asked for once: a page and the number of all are two statements, and a refresh that
        # goes live between them would be in one of them only
        live = Snapshot.objects.live(asked_source(self, query.get("source"))).only("pk").first()
        rows = CustomerScore.objects.filter(snapshot=live) if live else CustomerScore.objects.none()
        wanted = {FILTERS[name]: value for name, value in query.items() if name in FILTERS}
        rows = rows.filter(**wanted)
        if "ordering" not in query:
            return rows
        return rows.order_by(ORDERINGS[query["ordering"]], "customer_key")


class Customer(Endpoint):
    """One customer of the live snapshot."""

    permission_classes = (MayInspectCustomer,)

    def get(self, request: Request, key: str) -> Response:
        query = asked(SourceQuery, request)
        source = asked_source(self, query.get("source"))
        return Response(CustomerSerializer(self.known_customer(key, source)).data)

    def known_customer(self, key: str, source: str) -> CustomerScore:
        """The customer's row in the live snapshot. Raises Http404, and what the sender is told of
        customers whom they may not see."""
        live = CustomerScore.objects.live(source)
        # PostgreSQL stores no NUL, and refuses to be asked for one
        rows = live.filter(customer_key=stored_key(key)) if "\0" not in key else live.none()
        found: CustomerScore | None = rows.first()
        if found is None:
            refuse_unknown(self.request, self)
        return found


class CustomerRecommendations(Customer):
    """What one customer is shown, with scores and the source of the answer."""

    def get(self, request: Request, key: str) -> Response:
        query = asked(StaffRecommendationsQuery, request)
        query["source"] = asked_source(self, query.get("source"))
        self.known_customer(key, query["source"])
        answer = recommend(key, **query, with_objects=True)
        results = [item_for_staff(item) for item in answer]
        return Response(for_visitors(answer) | {"source": answer.source, "results": results})


class Segments(Endpoint):
    """Size and means of every tier."""

    permission_classes = (MayInspect,)

    def get(self, request: Request) -> Response:
        source = asked_source(self, asked(SourceQuery, request).get("source"))
        return Response(CustomerScore.objects.live(source).tier_means())


class Leaderboard(Endpoint):
    """What each recommender reached in the backtest of the live snapshot, and who serves."""

    permission_classes = (MayInspect,)

    def get(self, request: Request) -> Response:
        query = asked(LeaderboardQuery, request)
        live = Snapshot.objects.live(asked_source(self, query.pop("source", None))).first()
        report = live.report if live else {}
        rows = [
            row
            for row in report.get("leaderboard", [])
            if all(row[name] == value for name, value in query.items())
        ]
        return Response({"served": report.get("served", {}), "results": rows})


class Snapshots(Endpoint, generics.ListAPIView[Snapshot]):
    """Snapshots of a source, the newest first."""

    permission_classes = (MayInspect,)
    serializer_class = SnapshotSerializer
    pagination_class = SnapshotPages
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Snapshot]:
        source = asked_source(self, asked(SnapshotsQuery, self.request).get("source"))
        return Snapshot.objects.filter(source=source).select_related("live_of")
