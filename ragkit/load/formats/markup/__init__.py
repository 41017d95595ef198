"""XML, SVG and flat OpenDocument files (``xml``), and e-books (``epub``)."""
