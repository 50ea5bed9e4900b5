"""A shop in which nothing is as the example has it."""
