"""Fitting prompts to labelled examples."""
