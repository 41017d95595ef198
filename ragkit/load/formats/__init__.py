"""Readers of file formats, a folder a family, and what several families share."""
