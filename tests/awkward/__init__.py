"""`docs/how-to/awkward-shops.md` holds: its snippets, refreshed, against figures made by hand."""
