"""Archives of files (``archive``) and single compressed files (``compressed``), unpacked in memory."""
