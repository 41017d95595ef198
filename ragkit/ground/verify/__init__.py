"""Whether a source supports a statement."""
