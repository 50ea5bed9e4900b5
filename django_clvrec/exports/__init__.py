"""A snapshot as files for mail tools, warehouses and spreadsheets.

`write(scores(tiers=["high"]), Path("high.csv"))`. docs/how-to/export.md
"""

from django_clvrec.exports.tables import Kind, Table, members, recommendations, scores
from django_clvrec.exports.writing import CSV, FORMATS, PARQUET, TextStream, csv_pages, write

__all__ = [
    "CSV",
    "FORMATS",
    "PARQUET",
    "Kind",
    "Table",
    "TextStream",
    "csv_pages",
    "members",
    "recommendations",
    "scores",
    "write",
]
