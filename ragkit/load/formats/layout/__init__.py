"""The geometry of a page, for PDF and OCR: lines to paragraphs (``lines``), rows and tables, boxes of words."""
