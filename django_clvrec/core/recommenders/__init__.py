"""What to recommend: one file a recommender."""
