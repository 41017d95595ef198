"""HTML, XML and e-books."""
