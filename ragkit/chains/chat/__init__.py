"""A conversation over an index."""
