"""A task shown by examples."""
