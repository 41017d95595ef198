"""Question to an answer whose every sentence is cited, or a refusal."""
