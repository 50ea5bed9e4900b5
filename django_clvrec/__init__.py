"""RFM scores, customer tiers and recommendations by tier, for Django shops.

    the shop's orders ── PurchaseSource ──▶ purchase log (Parquet)
        ──▶ recency, frequency, monetary value ──▶ scores 0..9 ──▶ tiers
        ──▶ recommenders per tier ──▶ snapshot ──▶ one pointer flips
        ──▶ recommend(): template tags, REST endpoints, admin

The write side (`pipeline`) trains and never renders; the read side (`serving`)
renders and never trains. They meet in the database.
"""

__version__ = "0.1.0"
