"""A bare view: one row by its full key, the objects it names, and the same JSON."""

from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_clvrec.models import Recommendation
from example_shop.shop.models import Product


class BareRecommendations(APIView):
    """Knows beforehand which snapshot is live, judges no parameter and has nothing to fall to."""

    permission_classes = (AllowAny,)
    snapshot_id = 0

    def get(self, request: Request) -> Response:
        row = Recommendation.objects.get(
            snapshot_id=self.snapshot_id,
            customer_key=str(request.user.pk),
            level="product",
            intent="discover",
        )
        keys: list[Any] = [key for key, _ in row.items[:10]]
        products = Product.objects.in_bulk([int(key) for key in keys])
        results = [
            {
                "key": key,
                "rank": rank,
                "name": str(products[int(key)]),
                "url": products[int(key)].get_absolute_url(),
            }
            for rank, key in enumerate(keys, 1)
        ]
        body = {
            "level": row.level,
            "intent": row.intent,
            "source": "stored",
            "reason": "",
            "results": results,
        }
        return Response(body, headers={"Cache-Control": "private"})
