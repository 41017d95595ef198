"""The geometry of a page: lines, rows, tables and the boxes of words, for PDF and for OCR."""
