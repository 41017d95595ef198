"""Documents to summaries whose sentences are cited."""
