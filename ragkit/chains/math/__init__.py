"""Sums in words, worked out step by step and checked."""
