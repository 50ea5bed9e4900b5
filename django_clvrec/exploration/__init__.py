"""Exploration for newcomers: popular lists that learn from what is clicked in them.

What newcomers saw and clicked is counted by item; a share of the slots of their lists tries items
out, by `core.bandit`. docs/how-to/newcomers.md
"""

from django_clvrec.exploration.drawing import Drawn, arms_for, explored, generator
from django_clvrec.exploration.learning import learn, prune_arms, share_of

__all__ = ["Drawn", "arms_for", "explored", "generator", "learn", "prune_arms", "share_of"]
