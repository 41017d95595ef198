"""Documents to the values of fields, each with its quote."""
