"""Customers of the shop's own making: their keys are no numbers."""

import uuid

from django.db import models
from oscar.apps.customer.abstract_models import AbstractUser


class Person(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
