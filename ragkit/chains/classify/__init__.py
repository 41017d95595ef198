"""Text to one of a closed set of labels."""
