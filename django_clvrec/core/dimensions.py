"""The three dimensions of RFM and the columns that hold them."""

VALUE_COLUMNS = {
    "recency": "recency_days",
    "frequency": "frequency",
    "monetary_value": "monetary_value",
}
DIMENSIONS = tuple(VALUE_COLUMNS)
