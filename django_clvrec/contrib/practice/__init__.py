"""A small shop to practise on: models, made-up orders, and accounts with a known password."""
