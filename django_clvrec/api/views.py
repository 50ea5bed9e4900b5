"""Endpoints. Each reads the live snapshot; none trains."""

from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from django_clvrec.api.permissions import MayInspect
from django_clvrec.api.serializers import (
    LARGEST_PAGE,
    ORDERINGS,
    CustomerSerializer,
    CustomersQuery,
    InterestsQuery,
    LeaderboardQuery,
    PageQuery,
    PopularQuery,
    RecommendationsQuery,
    RelatedQuery,
    SnapshotSerializer,
    SourceQuery,
    StaffRecommendationsQuery,
    item_for_staff,
    item_for_visitors,
)
from django_clvrec.conf import load_class
from django_clvrec.feedback import list_token
from django_clvrec.models import CustomerScore, Snapshot
from django_clvrec.serving import Answer, AnswerSource, recommend, related, told_by
from django_clvrec.sources import get_source


def asked(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The request's parameters, validated. Raises ValidationError, which is a 400."""
    return dict(_shared(query).run_validation(request.query_params.dict()))


@cache
def _shared(query: type[Serializer[Any]]) -> Serializer[Any]:
    """One for all requests, as a nested serializer is: fields are costlier to copy than to run."""
    return query()


class Pages(PageNumberPagination):
    """Pages of customers and snapshots."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE


class MyRecommendations(APIView):
    """Recommendations for the customer who asks; popular items for everyone else."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        key = load_class("POLICY")().known_customer(request)
        query = asked(RecommendationsQuery, request)
        answer = recommend(key, **query, **told_by(request, key), with_objects=True)
        return to_visitor(request, answer)


class PopularItemsView(APIView):
    """What is popular with everyone."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        query = asked(PopularQuery, request)
        answer = recommend(None, **query, with_objects=True, explore=False)
        return to_visitor(request, answer)


def to_visitor(request: Request, answer: Answer) -> Response:
    """With the token by which the visitor, and nobody else, can report the list."""
    told = for_visitors(answer) | {"list": list_token(request, answer)}
    return Response(told, headers={"Cache-Control": "private"})


class Interests(APIView):
    """What follows from items chosen just now, and from what the customer bought."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        query = InterestsQuery(data=request.data)
        query.is_valid(raise_exception=True)
        asked_for = dict(query.validated_data)
        policy = load_class("POLICY")()
        key = policy.known_customer(request)
        wanted = asked_for.pop("customer", key)
        if wanted != key and not policy.may_inspect(request):
            raise PermissionDenied
        interests = asked_for.pop("items")
        told = told_by(request, wanted)
        answer = recommend(wanted, **asked_for, **told, interests=interests, with_objects=True)
        return to_visitor(request, answer)


class RelatedItems(APIView):
    """What goes with an item on its page, or with all of a basket."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        answer = related(**asked(RelatedQuery, request), with_objects=True)
        return to_visitor(request, answer)


def for_visitors(answer: Answer) -> dict[str, Any]:
    """Whether a list comes from the visitor's tier is not told: it would tell the tier."""
    popular = answer.source == AnswerSource.POPULAR_IN_TIER
    return {
        "level": answer.level,
        "intent": answer.intent,
        "source": AnswerSource.POPULAR if popular else answer.source,
        "reason": answer.reason,
        "results": [item_for_visitors(item) for item in answer],
    }


FILTERS = {
    "tier": "tier",
    "segment": "segment__in",
    "overall_score": "overall_score",
    "search": "customer_key__contains",
    "clv_from": "clv__gte",
    "clv_to": "clv__lte",
}
"""Parameters of `customers/` as lookups."""


class Customers(generics.ListAPIView[CustomerScore]):
    """Customers of the live snapshot, by tier, segment, score, forecast or part of the key."""

    permission_classes = (MayInspect,)
    serializer_class = CustomerSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[CustomerScore]:
        query = asked(CustomersQuery, self.request)
        # asked for once: a page and the number of all are two statements, and a refresh that
        # goes live between them would be in one of them only
        live = Snapshot.objects.live(get_source(query.get("source")).name).only("pk").first()
        rows = CustomerScore.objects.filter(snapshot=live) if live else CustomerScore.objects.none()
        wanted = {FILTERS[name]: value for name, value in query.items() if name in FILTERS}
        rows = rows.filter(**wanted)
        if "ordering" not in query:
            return rows
        return rows.order_by(ORDERINGS[query["ordering"]], "customer_key")


class Customer(APIView):
    """One customer of the live snapshot."""

    permission_classes = (MayInspect,)

    def get(self, request: Request, key: str) -> Response:
        query = asked(SourceQuery, request)
        return Response(CustomerSerializer(known_customer(key, query.get("source"))).data)


class CustomerRecommendations(APIView):
    """What one customer is shown, with scores and the source of the answer."""

    permission_classes = (MayInspect,)

    def get(self, request: Request, key: str) -> Response:
        query = asked(StaffRecommendationsQuery, request)
        known_customer(key, query.get("source"))
        answer = recommend(key, **query, with_objects=True)
        results = [item_for_staff(item) for item in answer]
        return Response(for_visitors(answer) | {"source": answer.source, "results": results})


def known_customer(key: str, source: str | None) -> CustomerScore:
    """The customer's row in the live snapshot. Raises Http404."""
    live = CustomerScore.objects.live(get_source(source).name)
    # PostgreSQL stores no NUL, and refuses to be asked for one
    found: CustomerScore | None = live.filter(customer_key=key).first() if "\0" not in key else None
    if found is None:
        raise Http404("The live snapshot has no such customer.")
    return found


class Segments(APIView):
    """Size and means of every tier."""

    permission_classes = (MayInspect,)

    def get(self, request: Request) -> Response:
        source = get_source(asked(SourceQuery, request).get("source"))
        return Response(CustomerScore.objects.live(source.name).tier_means())


class Leaderboard(APIView):
    """What each recommender reached in the backtest of the live snapshot, and who serves."""

    permission_classes = (MayInspect,)

    def get(self, request: Request) -> Response:
        query = asked(LeaderboardQuery, request)
        live = Snapshot.objects.live(get_source(query.pop("source", None)).name).first()
        report = live.report if live else {}
        rows = [
            row
            for row in report.get("leaderboard", [])
            if all(row[name] == value for name, value in query.items())
        ]
        return Response({"served": report.get("served", {}), "results": rows})


class Snapshots(generics.ListAPIView[Snapshot]):
    """Snapshots of a source, the newest first."""

    permission_classes = (MayInspect,)
    serializer_class = SnapshotSerializer
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Snapshot]:
        source = get_source(asked(PageQuery, self.request).get("source"))
        return Snapshot.objects.filter(source=source.name).select_related("live_of")
