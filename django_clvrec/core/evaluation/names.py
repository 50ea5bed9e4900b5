"""What rows of a leaderboard are called, for pages that only show them."""

ALL, NEWCOMER = "all", "newcomer"
"""Beside the tiers: all customers with an order before the split, and those without one."""
SPLIT = 0.8
"""Share of the log's time that is learnt from, by default."""
SERVED = "auto"
"""The row of what would have been served: by tier the contestant chosen before the split."""
