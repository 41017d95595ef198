"""PDF files, read with PDFium: ``document`` is the reader, ``characters`` measures lines."""
