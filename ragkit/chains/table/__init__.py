"""Questions over tables, computed on their cells."""
