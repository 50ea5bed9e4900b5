"""The back office beneath its pages: figures, pictures and words, without requests to answer."""
