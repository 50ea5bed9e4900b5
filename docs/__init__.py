"""The documentation: pages, how they are built, and what of them is made from the code."""
