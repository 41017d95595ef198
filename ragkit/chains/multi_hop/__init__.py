"""Questions answered in several steps."""
