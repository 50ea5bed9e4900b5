"""The description of the API for drf-spectacular; where that is not installed, nothing needs it.

Importing this registers one extension per endpoint. They are applied when a schema is made, so no
request pays for them.
"""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.plumbing import build_object_type
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.views import APIView

from django_clvrec.api import answers, serializers
from django_clvrec.api.naming import name_components

VIEWS = "django_clvrec.api.views"
VISITOR, STAFF = "visitors", "staff"
FAULTS = {
    401: "Nobody is signed in, where the API knows a way to do so.",
    403: "Not for whoever asks.",
    404: "There is nothing here, or nothing that the sender may know of.",
    406: "It cannot be answered in the form that was asked for.",
    413: "The body is too long.",
    415: "The body is of another type.",
    429: "Too many requests; see Retry-After.",
}
INVALID = OpenApiResponse(
    build_object_type(
        additionalProperties={}, description="By parameter what is wrong, or `detail`."
    ),
    description="A parameter is wrong, or the query is too long.",
)
EXAMPLE = {
    "level": "product", "intent": "discover", "source": "stored", "reason": "",
    "results": [{"key": "17", "rank": 1, "name": "Oats", "url": "/products/17/"}],
    "list": "signed:token",
}  # fmt: skip


def faults(*more: int) -> dict[int, OpenApiResponse]:
    """What any endpoint may answer besides, and what this one may."""
    wanted = (401, 403, 404, 406, 429, *more)
    found = {code: OpenApiResponse(answers.Fault, description=FAULTS[code]) for code in wanted}
    return {400: INVALID, **found}


def described(
    name: str,
    method: str,
    links: Mapping[str, Any] | None = None,
    also: Mapping[str, Mapping[str, Any]] | None = None,
    **told: Any,
) -> None:
    """Registers what `extend_schema` is told of one method of a view, and of others."""

    class Described(OpenApiViewExtension):  # type: ignore[no-untyped-call]
        target_class: Any = name if "." in name else f"{VIEWS}.{name}"

        def view_replacement(self) -> type:
            every = {method: told, **(also or {})}
            decorate = extend_schema_view(**{one: extend_schema(**of) for one, of in every.items()})
            view: type = decorate(_child_of(self.target_class))
            if links:
                _link(getattr(view, method), links)
            return view


def hidden(name: str) -> None:
    """An address of pages, not of clients."""

    class Hidden(OpenApiViewExtension):  # type: ignore[no-untyped-call]
        target_class: Any = name

        def view_replacement(self) -> type:
            view: type = extend_schema(exclude=True)(_child_of(self.target_class))
            return view


def _child_of(view: type) -> type:
    """What is decorated in place of the view; a session without CSRF is the session still."""
    return type(view.__name__, (view,), {"get_authenticators": APIView.get_authenticators})


def _link(function: Any, links: Mapping[str, Any]) -> None:
    """Where an answer leads to, which drf-spectacular has no words for."""
    base: Any = function.kwargs["schema"]

    class Linked(base):  # type: ignore[misc]
        def get_operation(self, *args: Any, **kwargs: Any) -> Any:
            found = super().get_operation(*args, **kwargs)
            if found:
                found["responses"]["200"]["links"] = dict(links)
            return found

    function.kwargs["schema"] = Linked


def leads_to(operation: str, parameters: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """A link in the words of OpenAPI."""
    return {"operationId": operation, "parameters": dict(parameters), **more}


TO_EVENTS = {
    "report": leads_to(
        "reportEvents",
        {},
        requestBody={"events": [{"list": "$response.body#/list", "kind": "shown"}]},
    )
}
LIST = OpenApiResponse(
    answers.ItemList,
    description="The list, the best first.",
    examples=[OpenApiExample("a stored list", EXAMPLE, response_only=True)],
)

described(
    "MyRecommendations", "get", TO_EVENTS,
    operation_id="getMyRecommendations", tags=[VISITOR],
    parameters=[serializers.RecommendationsQuery], responses={200: LIST, **faults()},
)  # fmt: skip
described(
    "PopularItemsView", "get", TO_EVENTS,
    operation_id="getPopular", tags=[VISITOR],
    parameters=[serializers.PopularQuery], responses={200: LIST, **faults()},
)  # fmt: skip
described(
    "RelatedItems", "get", operation_id="getRelated", tags=[VISITOR],
    parameters=[serializers.RelatedQuery], responses={200: LIST, **faults()},
)  # fmt: skip
described(
    "Interests", "post", TO_EVENTS,
    operation_id="followInterests", tags=[VISITOR],
    request=serializers.InterestsQuery, responses={200: LIST, **faults(413, 415)},
)  # fmt: skip
described(
    "django_clvrec.api.events.Events", "post", operation_id="reportEvents", tags=[VISITOR],
    request=answers.EventBatch,
    responses={200: answers.Counted, **faults(413, 415)},
)  # fmt: skip
described(
    "Customers", "get",
    {
        "customer": leads_to("getCustomer", {"key": "$response.body#/results/0/customer_key"}),
        "recommendations": leads_to(
            "getCustomerRecommendations", {"key": "$response.body#/results/0/customer_key"}
        ),
    },
    operation_id="listCustomers", tags=[STAFF],
    parameters=[serializers.CustomersQuery],
    responses={200: serializers.CustomerSerializer(many=True), **faults()},
)  # fmt: skip
described(
    "django_clvrec.api.privacy.ErasableCustomer", "get",
    {
        "recommendations": leads_to(
            "getCustomerRecommendations", {"key": "$response.body#/customer_key"}
        )
    },
    {
        "delete": {
            "operation_id": "eraseCustomer", "tags": [STAFF],
            "parameters": [serializers.EraseQuery],
            "responses": {200: answers.Erased, **faults()},
        }
    },
    operation_id="getCustomer", tags=[STAFF],
    parameters=[serializers.SourceQuery],
    responses={200: serializers.CustomerSerializer, **faults()},
)  # fmt: skip
described(
    "django_clvrec.api.privacy.Held", "get", operation_id="getHeld", tags=[STAFF],
    parameters=[serializers.SourceQuery],
    responses={200: answers.Held, **faults()},
)  # fmt: skip
described(
    "CustomerRecommendations", "get", operation_id="getCustomerRecommendations", tags=[STAFF],
    parameters=[serializers.StaffRecommendationsQuery],
    responses={200: answers.CustomerList, **faults()},
)  # fmt: skip
described(
    "Segments", "get", operation_id="getTiers", tags=[STAFF],
    parameters=[serializers.SourceQuery],
    responses={200: answers.TierMeans(many=True), **faults()},
)  # fmt: skip
described(
    "Leaderboard", "get", operation_id="getLeaderboard", tags=[STAFF],
    parameters=[serializers.LeaderboardQuery], responses={200: answers.Board, **faults()},
)  # fmt: skip
described(
    "Snapshots", "get", operation_id="listSnapshots", tags=[STAFF],
    parameters=[serializers.SnapshotsQuery],
    responses={200: serializers.SnapshotSerializer(many=True), **faults()},
)  # fmt: skip
name_components()
hidden("django_clvrec.api.shelf.Shelf")
hidden("django_clvrec.api.base.Nothing")
