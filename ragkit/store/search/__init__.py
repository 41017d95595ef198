"""Searches over an index: dense and lexical caches of SQLite, filters, one consistent snapshot."""
