"""Looking after an index: verify, repair, compact, back up, remove."""
