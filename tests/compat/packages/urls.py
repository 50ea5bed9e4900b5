"""The pages and the API of that shop."""

from asgiref.sync import sync_to_async
from debug_toolbar.toolbar import debug_toolbar_urls
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.template import Context, Template
from django.urls import include, path
from import_export.admin import ExportMixin
from rest_framework import serializers, viewsets
from rest_framework.routers import DefaultRouter

from django_clvrec.admin import TierChangeAdmin
from django_clvrec.models import TierChange
from django_clvrec.serving import arecommend_for, recommend
from example_shop.urls import urlpatterns as of_shop
from tests.corner_shop.models import Customer, Order

SHELF = "{% load clvrec %}<body>{% recommendations 'product' n=2 title='For you' %}</body>"


def may_see_toolbar(request):
    return request.headers.get("X-Developer") == "1"


def page(request):
    return HttpResponse(Template(SHELF).render(Context({"request": request})))


async def async_page(request):
    """One answer is awaited, and the page is rendered in a thread."""
    await arecommend_for(request, "product", 1)
    template = await sync_to_async(Template)(SHELF)
    return HttpResponse(await sync_to_async(template.render)(Context({"request": request})))


def plain_page(request):
    key = request.GET.get("customer", str(request.user.pk))
    recommend(key, "product", 2, source=request.GET.get("source"))
    return HttpResponse("<body></body>")


def empty_page(request):
    return HttpResponse("<body></body>")


class CustomerSerializer(serializers.ModelSerializer):
    """As the shop calls it."""

    tier = serializers.ChoiceField(choices=["gold", "silver"], source="name")
    intent = serializers.ChoiceField(choices=["buy", "look"], source="name", read_only=True)

    class Meta:
        model = Customer
        fields = ("id", "name", "tier", "intent")


class EventSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["talk", "tasting"])
    source = serializers.ChoiceField(choices=["web", "till"])
    state = serializers.ChoiceField(choices=["open", "full"])


class ItemSerializer(serializers.Serializer):
    key = serializers.IntegerField()


class SnapshotSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=["open", "closed"])


class FaultSerializer(serializers.Serializer):
    code = serializers.IntegerField()


class Customers(viewsets.ModelViewSet):
    queryset = Customer.objects.order_by("pk")
    serializer_class = CustomerSerializer


class Events(viewsets.ModelViewSet):
    queryset = Order.objects.order_by("pk")
    serializer_class = EventSerializer


class Items(viewsets.ModelViewSet):
    queryset = Order.objects.order_by("pk")
    serializer_class = ItemSerializer


class Snapshots(viewsets.ModelViewSet):
    queryset = Order.objects.order_by("pk")
    serializer_class = SnapshotSerializer


class Faults(viewsets.ModelViewSet):
    queryset = Order.objects.order_by("pk")
    serializer_class = FaultSerializer


router = DefaultRouter()
for name, view in (
    ("customers", Customers),
    ("events", Events),
    ("items", Items),
    ("snapshots", Snapshots),
    ("faults", Faults),
):
    router.register(name, view, basename=name)


class Moves(ExportMixin, TierChangeAdmin):
    """A page of the app with the shop's own export."""


files = AdminSite(name="files")
files.register(TierChange, Moves)
of_api = [path("api/", include(router.urls))]
urlpatterns = [
    path("page/", page),
    path("async-page/", async_page),
    path("plain-page/", plain_page),
    path("empty-page/", empty_page),
    path("files/", files.urls),
    *of_api,
    *of_shop,
    *debug_toolbar_urls(),
]
