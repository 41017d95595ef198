"""Archives and single compressed files, read in memory."""
