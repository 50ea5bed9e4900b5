"""Pages of the reference that are made from the code.

`make reference` writes them, and a test compares. They are kept beside the other pages, so
that links to them work where the repository is hosted.
"""
