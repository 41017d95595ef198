"""PDF files, read with PDFium."""
