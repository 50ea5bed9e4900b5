"""Items that look pushed: kept out of what is learnt from until somebody decides."""
