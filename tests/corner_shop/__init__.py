"""A small shop with reviews and refunds, which the tests stock line by line."""
