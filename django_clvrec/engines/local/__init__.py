"""The engine for shops that fit on one machine: one process, no Java.

`lines` turns the purchase log into arrays of numbers, `run` holds the stages.
"""

from django_clvrec.engines.local.run import LocalEngine

__all__ = ["LocalEngine"]
