"""Documents, slides and sheets of office suites, and rich text."""
