"""Questions about an indexed code base, and code that fits it."""
