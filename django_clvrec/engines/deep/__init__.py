"""Recommenders trained with PyTorch, which the extra `deep` brings.

Importing them needs no PyTorch, only `fit` does. What is fitted is plain arrays, which NumPy
scores by: see `core.recommenders.networks`.
"""
