"""The SQLite file of an index: the truth about documents, chunks and vectors."""
