"""Looking around: home, departments, categories, products and search."""

from collections.abc import Iterable

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from example_shop.shop.models import Category, Department, Product, ProductType

PER_PAGE = 24
FEW = 6
MOST_WORDS = 10
"""Of a search; each is a condition, and databases have a limit."""


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/home.html")


def department(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Department, slug=slug)
    products = Product.objects.for_sale().filter(product_type__category__department=found)
    context = {
        "department": found,
        "categories": found.categories.all(),
        "bestsellers": one_of_each_kind(products[: PER_PAGE * FEW])[: FEW * 2],
    }
    return render(request, "shop/department.html", context)


def category(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Category, pk=pk)
    products = Product.objects.for_sale().filter(product_type__category=found)
    return _shelf(request, found, None, products)


def product_type(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ProductType.objects.select_related("category__department"), pk=pk)
    return _shelf(
        request, found.category, found, Product.objects.for_sale().filter(product_type=found)
    )


def product(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Product, pk=pk)
    near = Product.objects.for_sale().filter(product_type__category=found.category).exclude(pk=pk)
    context = {"product": found, "near": one_of_each_kind(near[: PER_PAGE * FEW])[:FEW]}
    return render(request, "shop/product.html", context)


def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").split()[:MOST_WORDS]
    named = Q()
    for word in words:
        named &= Q(name__icontains=word)
    products = Product.objects.for_sale().filter(named) if words else Product.objects.none()
    categories = Category.objects.filter(named) if words else Category.objects.none()
    context = {"q": " ".join(words), "page": _page(request, products)}
    return render(request, "shop/search.html", context | {"categories": categories[:FEW]})


def one_of_each_kind(products: Iterable[Product]) -> list[Product]:
    """The first product of each type: six kinds of white milk make a dull shelf."""
    first: dict[int, Product] = {}
    for each in products:
        first.setdefault(each.product_type_id, each)
    return list(first.values())


def _shelf(
    request: HttpRequest,
    category: Category,
    chosen: ProductType | None,
    products: QuerySet[Product],
) -> HttpResponse:
    context = {
        "category": category,
        "chosen": chosen,
        "types": category.types.filter(products__is_sellable=True).distinct(),
        "page": _page(request, products),
    }
    return render(request, "shop/category.html", context)


def _page(request: HttpRequest, products: QuerySet[Product]) -> Page[Product]:
    return Paginator(products, PER_PAGE).get_page(request.GET.get("page"))
