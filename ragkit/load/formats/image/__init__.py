"""Words in pictures, by OCR."""
