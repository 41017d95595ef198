"""A text in another language or wording, block by block."""
