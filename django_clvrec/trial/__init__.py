"""What a file of past orders would give, before a shop's models are wired: nothing is stored.

A CSV or Parquet file with names for its columns becomes a purchase log in a temporary folder, and
what a refresh would learn of it is told: tiers, lifetime values, and who recommends best.
"""

from django_clvrec.trial.reading import Columns
from django_clvrec.trial.trying import attempt

__all__ = ["Columns", "attempt"]
