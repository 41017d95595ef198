"""A document written section by section from an outline."""
