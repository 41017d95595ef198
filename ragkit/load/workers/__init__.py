"""Worker processes that read files: a file that hangs or crashes costs only itself."""
