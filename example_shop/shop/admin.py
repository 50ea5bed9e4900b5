"""The shop's own tables in the admin."""

from django.contrib import admin

from example_shop.shop.models import Category, Order, OrderLine, Product


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Categories by department."""

    list_display = ("name", "department")
    list_filter = ("department",)
    search_fields = ("name",)


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Products and their prices."""

    list_display = ("name", "brand", "price", "is_sellable", "times_bought")
    list_filter = ("is_sellable", "brand")
    search_fields = ("name",)
    raw_id_fields = ("product_type",)


class LineInline(admin.TabularInline):  # type: ignore[type-arg]
    """What was bought."""

    model = OrderLine
    raw_id_fields = ("product",)
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Orders with their lines."""

    list_display = ("pk", "customer", "placed_at", "status")
    list_filter = ("status",)
    list_select_related = ("customer",)
    raw_id_fields = ("customer",)
    date_hierarchy = "placed_at"
    inlines = (LineInline,)
