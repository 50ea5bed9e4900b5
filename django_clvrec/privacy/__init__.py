"""What customers may ask for: to be erased, to be told what is kept, to stay out.

docs/how-to/privacy.md
"""

from django_clvrec.privacy.erasing import Erased, erase, erase_many, let_in
from django_clvrec.privacy.held import held, held_json
from django_clvrec.privacy.retention import prune

__all__ = [
    "Erased",
    "erase",
    "erase_many",
    "held",
    "held_json",
    "let_in",
    "prune",
]
