"""The engine for shops that fit on one machine: one process, no Java.

`cells` holds what a model learns from as matrices, `run` the stages.
"""

from django_clvrec.engines.local.run import LocalEngine

__all__ = ["LocalEngine"]
