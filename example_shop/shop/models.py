"""What the shop sells and what was bought."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils import timezone


class Department(models.Model):
    """A department, and the name of its icon."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("department", args=[self.slug])


class CategoryManager(models.Manager["Category"]):
    """Categories come with their department, whose icon every tile shows."""

    def get_queryset(self) -> QuerySet["Category"]:
        return super().get_queryset().select_related("department")


class Category(models.Model):
    """What stands on one shelf, such as breakfast cereal."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="categories")
    name = models.CharField(max_length=80)
    own_icon = models.SlugField(blank=True, db_index=False)

    objects = CategoryManager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("category", args=[self.pk])

    @property
    def icon(self) -> str:
        return self.own_icon or self.department.slug


class ProductType(models.Model):
    """Products of one kind within a category, such as toasted oats."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="types")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("product_type", args=[self.pk])


class ProductManager(models.Manager["Product"]):
    """Products come with all that their tile shows."""

    def get_queryset(self) -> QuerySet["Product"]:
        return super().get_queryset().select_related("product_type__category__department")

    def for_sale(self) -> QuerySet["Product"]:
        """What can be ordered, the best-selling first."""
        return self.filter(is_sellable=True).order_by("-times_bought", "pk")


class Product(models.Model):
    """One article that a customer can put into the cart."""

    product_type = models.ForeignKey(ProductType, models.PROTECT, related_name="products")
    name = models.CharField(max_length=120)
    brand = models.CharField(max_length=40, blank=True)
    package_size = models.CharField(max_length=40, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    is_sellable = models.BooleanField(default=True)
    times_bought = models.PositiveIntegerField(default=0, editable=False)

    objects = ProductManager()

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.pk])

    @property
    def category(self) -> Category:
        return self.product_type.category

    @property
    def department(self) -> Department:
        return self.product_type.category.department


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders with what the account page shows."""

    def with_total(self) -> "OrderQuerySet":
        return self.annotate(total=Sum("lines__line_total"))


class Order(models.Model):
    """One checkout of one customer."""

    class Status(models.TextChoices):
        """Whether the order counts."""

        PAID = "paid", "Paid"
        CANCELLED = "cancelled", "Cancelled"

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    placed_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.PAID)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at", "-pk")
        indexes = (models.Index(fields=["customer", "-placed_at"], name="shop_order_of_customer"),)

    def __str__(self) -> str:
        return f"Order {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.pk])


class OrderLine(models.Model):
    """One product in one order, and what was paid for it."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField()
    # The sum and not the price of one: weighed goods would lose cents to rounding.
    line_total = models.DecimalField(max_digits=10, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    @property
    def unit_price(self) -> Decimal:
        return self.line_total / self.quantity if self.quantity else self.line_total
