"""Text, Markdown and source code (``plain``), reStructuredText, CSV (``delimited``), JSON and notebooks."""
